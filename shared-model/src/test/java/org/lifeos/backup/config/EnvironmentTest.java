package org.lifeos.backup.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {
    @TempDir Path folder;

    @Test
    void emptyVariableCountsAsNotSet() {
        Environment environment = new Environment(Map.of("EMPTY", "", "BLANK", " \t", "SET", "x"));

        assertThat(environment.text("EMPTY")).isEmpty();
        assertThat(environment.text("BLANK", "otherwise")).isEqualTo("otherwise");
        assertThat(environment.text("MISSING", "otherwise")).isEqualTo("otherwise");
        assertThat(environment.text("SET", "otherwise")).isEqualTo("x");
        assertThat(environment.integer("EMPTY", 7, 1, 9)).isEqualTo(7);
        assertThat(environment.secret("BLANK")).isEmpty();
        assertThatCode(environment::orThrow).doesNotThrowAnyException();
    }

    @Test
    void numbersAreReadWithinTheirRange() {
        Environment environment = new Environment(Map.of("LEAST", "1", "MOST", " 9 "));

        assertThat(environment.integer("LEAST", 5, 1, 9)).isEqualTo(1);
        assertThat(environment.integer("MOST", 5, 1, 9)).isEqualTo(9);
        assertThat(new Environment(Map.of("P", "65535")).port("P", 1)).isEqualTo(65_535);
        assertThatCode(environment::orThrow).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "10", "-1", "x", "1.5", "99999999999", "1 2"})
    void numberThatIsNoneOrOutOfRangeIsWrong(String value) {
        Environment environment = new Environment(Map.of("NUMBER", value));

        assertThat(environment.integer("NUMBER", 5, 1, 9)).isEqualTo(5);
        assertThatThrownBy(environment::orThrow)
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("NUMBER must be a whole number from 1 to 9, not '%s'".formatted(value));
    }

    @Test
    void zoneIsReadInBothItsFormsAndIsUtcWhereNoneIsSet() {
        Environment environment =
                new Environment(Map.of("TZ", "Europe/Berlin", "OTHER", ":Asia/Kathmandu"));

        assertThat(environment.zone("TZ")).isEqualTo(ZoneId.of("Europe/Berlin"));
        assertThat(environment.zone("OTHER")).isEqualTo(ZoneId.of("Asia/Kathmandu"));
        assertThat(environment.zone("MISSING").getId()).isEqualTo("UTC");
        assertThatCode(environment::orThrow).doesNotThrowAnyException();
        Environment wrong = new Environment(Map.of("TZ", "Europe/Atlantis"));
        wrong.zone("TZ");
        assertThatThrownBy(wrong::orThrow)
                .hasMessageContaining("TZ must be the name of a time zone");
    }

    @Test
    void allThatIsWrongIsSaidAtOnceInOneLine() {
        Environment environment = new Environment(Map.of("A", "x", "B_PORT", "70000"));
        environment.integer("A", 1, 1, 2);
        environment.port("B_PORT", 1);
        environment.wrong("C is wrong too");

        assertThatThrownBy(environment::orThrow)
                .hasMessageContainingAll("A must", "; B_PORT must", "; C is wrong too")
                .message()
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pa$s wörd", "pa$s wörd\n", "pa$s wörd\r\n"})
    void secretOfAFileIsItsTextWithoutTheLastLineEnd(String content) throws Exception {
        Path file = Files.writeString(folder.resolve("secret"), content);
        Environment environment = new Environment(Map.of("KEY_FILE", file.toString()));

        assertThat(environment.secret("KEY")).contains("pa$s wörd");
        assertThat(environment.secretsRead()).containsExactly("pa$s wörd");
        assertThatCode(environment::orThrow).doesNotThrowAnyException();
    }

    @Test
    void onlyTheLastLineEndIsTakenOffASecret() throws Exception {
        Path file = Files.writeString(folder.resolve("secret"), " a\nb \n\n");

        assertThat(new Environment(Map.of("KEY_FILE", file.toString())).secret("KEY"))
                .contains(" a\nb \n");
    }

    @Test
    void secretGivenDirectlyIsReadAsItIs() {
        Environment environment = new Environment(Map.of("KEY", " ${x} "));

        assertThat(environment.secret("KEY")).contains(" ${x} ");
        assertThat(environment.secretsRead()).containsExactly(" ${x} ");
    }

    @Test
    void secretGivenTwiceIsWrongAndNotPrinted() throws Exception {
        Path file = Files.writeString(folder.resolve("secret"), "from-file");
        Environment environment =
                new Environment(Map.of("KEY", "direct", "KEY_FILE", file.toString()));
        environment.secret("KEY");

        assertThatThrownBy(environment::orThrow)
                .hasMessage("KEY and KEY_FILE are both set; leave one away");
    }

    @Test
    void secretFileThatIsMissingEmptyOrNoTextIsWrong() throws Exception {
        Path missing = folder.resolve("missing");
        Path empty = Files.writeString(folder.resolve("empty"), "\n");
        Path noText = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});

        for (Path file : new Path[] {missing, empty, noText, folder}) {
            Environment environment = new Environment(Map.of("KEY_FILE", file.toString()));
            assertThat(environment.secret("KEY")).as("%s", file).isEmpty();
            assertThat(environment.secretsRead()).isEmpty();
            assertThatThrownBy(environment::orThrow)
                    .hasMessageStartingWith("KEY_FILE names ")
                    .hasMessageContaining(file.toString());
        }
    }
}
