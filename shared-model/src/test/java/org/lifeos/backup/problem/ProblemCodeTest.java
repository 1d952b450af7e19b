package org.lifeos.backup.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lifeos.backup.json.Json;

class ProblemCodeTest {
    @Test
    void codesTypesAndTitlesAreDistinct() {
        assertThat(Arrays.stream(ProblemCode.values()).map(ProblemCode::code))
                .doesNotHaveDuplicates();
        assertThat(Arrays.stream(ProblemCode.values()).map(ProblemCode::type))
                .doesNotHaveDuplicates();
        assertThat(Arrays.stream(ProblemCode.values()).map(ProblemCode::title))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void statusIsThatOfAnError(ProblemCode problem) {
        assertThat(problem.status()).isBetween(400, 599);
    }

    @ParameterizedTest
    @EnumSource
    void codeIsOfLowerCaseWordsAndNamesTheType(ProblemCode problem) {
        assertThat(problem.code()).matches("[a-z]+(-[a-z]+)*");
        assertThat(problem.type()).isEqualTo("urn:lifeos-backup:problem:" + problem.code());
        assertThat(Json.write(problem)).isEqualTo("\"%s\"".formatted(problem.code()));
    }

    @ParameterizedTest
    @EnumSource
    void titleStatesAFactAndHintIsASentence(ProblemCode problem) {
        assertThat(problem.title()).matches("(\\p{Lu}|pg_).*[^.\\s]").hasSizeLessThan(60);
        assertThat(problem.hint()).matches("(?s)\\p{Lu}.*[.]").contains(" ");
    }

    @ParameterizedTest
    @EnumSource(names = {"DISK_FULL", "TARGET_ACCESS_DENIED", "TOOL_TOO_OLD", "CANCELLED"})
    void whatAnotherTryCannotMendIsNotRetried(ProblemCode problem) {
        assertThat(problem.retryable()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"TARGET_UNREACHABLE", "TARGET_LOCKED", "DUMP_KILLED", "DUMP_INCOMPLETE"})
    void whatMayPassIsRetried(ProblemCode problem) {
        assertThat(problem.retryable()).isTrue();
    }
}
