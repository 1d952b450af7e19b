package org.lifeos.backup.api.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

class ByteRangeTest {

    @ParameterizedTest
    @CsvSource({
        "bytes=0-9,0,10",
        "bytes=90-,90,10",
        "bytes=-10,90,10",
        "bytes=-500,0,100",
        "bytes=50-5000,50,50",
        "bytes=99-99,99,1"
    })
    void aRangeWithinTheFileIsThatPart(String header, long first, long length) {
        assertThat(ByteRange.of(header, 100)).contains(new ByteRange(first, length));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "bytes=-",
                "bytes=5-2",
                "bytes=0-1,5-6",
                "lines=1-2",
                "bytes=a-b",
                "bytes=99999999999999999999-"
            })
    void whatMakesNoSenseIsPassedOver(String header) {
        assertThat(ByteRange.of(header, 100)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=-0"})
    void aRangeOutsideTheFileIsRefused(String header) {
        assertThatThrownBy(() -> ByteRange.of(header, 100))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        problem ->
                                assertThat(problem.code())
                                        .isEqualTo(ProblemCode.RANGE_NOT_SATISFIABLE));
    }

    @Test
    void theAnswerSaysWhichPartItIs() {
        assertThat(new ByteRange(10, 5).contentRange(100)).isEqualTo("bytes 10-14/100");
    }
}
