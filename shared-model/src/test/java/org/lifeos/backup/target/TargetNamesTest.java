package org.lifeos.backup.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.config.Environment;

class TargetNamesTest {
    @Test
    void defaultTargetIsAlwaysThere() {
        assertThat(names("").names()).containsExactly("lifeos");
        assertThat(names("").contains("lifeos")).isTrue();
        assertThat(names("").contains("app")).isFalse();
    }

    @Test
    void moreTargetsAreListedOnceEachInAnyLayout() {
        assertThat(names(" app,app-test ,, app,lifeos,").names())
                .containsExactlyInAnyOrder("lifeos", "app", "app-test")
                .doesNotHaveDuplicates();
    }

    @Test
    void longestNameHas31Characters() {
        Environment longest = environment("a".repeat(31));
        TargetNames.of(longest);
        assertThatCode(longest::orThrow).doesNotThrowAnyException();

        assertWrong("a".repeat(32));
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup", "manual", "App", "a_b", "-a", "a.b", "a b", "../x", "ä", "*"})
    void nameThatCouldBeTakenForAnotherFileOrVariableIsWrong(String name) {
        assertWrong(name);
    }

    @Test
    void variablesBeginWithTheNameInCapitals() {
        assertThat(TargetNames.variablePrefix("lifeos")).isEqualTo("LIFEOS");
        assertThat(TargetNames.variablePrefix("app-test-2")).isEqualTo("APP_TEST_2");
    }

    private static void assertWrong(String name) {
        Environment environment = environment("app," + name);
        TargetNames.of(environment);
        assertThatThrownBy(environment::orThrow)
                .hasMessageStartingWith("BACKUP_TARGETS holds '%s'".formatted(name));
    }

    private static TargetNames names(String value) {
        return TargetNames.of(environment(value));
    }

    private static Environment environment(String value) {
        return new Environment(Map.of("BACKUP_TARGETS", value));
    }
}
