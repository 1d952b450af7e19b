package org.lifeos.backup.api.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

class PreferenceTest {

    @Test
    void noHeaderMeansNoWait() {
        Preference preference = Preference.of(List.of());

        assertThat(preference.waits()).isFalse();
        assertThat(preference.applied()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wait=30",
                "WAIT=30",
                " wait = 30 ",
                "wait=\"30\"",
                "handling=lenient, wait=30",
                "wait=30; foo=bar"
            })
    void aWaitIsReadHoweverItIsWritten(String header) {
        assertThat(Preference.of(List.of(header)).patience()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void preferencesMayComeInSeveralHeaders() {
        Preference preference = Preference.of(List.of("respond-async", "wait=10"));

        assertThat(preference.applied()).isEqualTo("wait=10, respond-async");
    }

    @Test
    void theFirstOfTwoWaitsCounts() {
        assertThat(Preference.of(List.of("wait=10, wait=20")).patience())
                .isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wait=0",
                "wait=601",
                "wait=-1",
                "wait=1.5",
                "wait=soon",
                "wait",
                "wait=",
                "wait=99999999999"
            })
    void aWaitThatCannotBeGrantedIsAnErrorAndNeverPassedOver(String header) {
        assertThatThrownBy(() -> Preference.of(List.of(header)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ProblemCode.INVALID_HEADER))
                .hasMessageStartingWith("Prefer ");
    }

    @Test
    void theBoundsThemselvesAreGranted() {
        assertThat(Preference.of(List.of("wait=1")).patience()).isEqualTo(Duration.ofSeconds(1));
        assertThat(Preference.of(List.of("wait=600")).patience()).isEqualTo(Duration.ofMinutes(10));
    }
}
