package org.lifeos.backup.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private enum Colour {
        RED,
        GREEN
    }

    private record Thing(
            String text,
            int number,
            boolean flag,
            Colour colour,
            Instant at,
            Optional<String> more) {}

    private static final Thing THING =
            new Thing(
                    "ü",
                    7,
                    true,
                    Colour.GREEN,
                    Instant.parse("2026-01-31T12:00:00.5Z"),
                    Optional.empty());
    private static final String TEXT =
            """
            {"text":"ü","number":7,"flag":true,"colour":"GREEN","at":"2026-01-31T12:00:00.500Z","more":null}\
            """;

    @Test
    void instantsAreTextInUtcAndNullsAreWrittenOut() {
        assertThat(Json.write(THING)).isEqualTo(TEXT);
        assertThat(Json.read(TEXT, Thing.class)).isEqualTo(THING);
    }

    @Test
    void whatWeWroteOurselvesMayHoldFieldsOfANewerVersion() {
        assertThat(Json.read("{\"text\": \"a\", \"added\": {\"later\": [1]}}", Thing.class).text())
                .isEqualTo("a");
    }

    @Test
    void storedTextThatDoesNotFitIsABugOfOurs() {
        assertThatThrownBy(() -> Json.read("{\"colour\": \"BLUE\"}", Thing.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Thing");
    }

    @Test
    void strictReadingAcceptsWhatIsRight() throws Exception {
        assertThat(Json.strict().readValue(TEXT, Thing.class)).isEqualTo(THING);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "text":"ü"       | "text":"ü","unknown":1
                    "text":"ü"       | "text":"ü","text":"ü"
                    "text":"ü"       | "text":1
                    "text":"ü"       | "text":1.5
                    "text":"ü"       | "text":true
                    "text":"ü"       | "text":{}
                    "number":7       | "number":"7"
                    "number":7       | "number":7.5
                    "number":7       | "number":null
                    "number":7       | "number":99999999999
                    "flag":true      | "flag":"true"
                    "flag":true      | "flag":1
                    "flag":true      | "flag":null
                    "colour":"GREEN" | "colour":1
                    "colour":"GREEN" | "colour":"BLUE"
                    """)
    void strictReadingRefusesAFieldThatIsUnknownDoubledOrOfAnotherType(String right, String wrong) {
        assertThat(TEXT).contains(right);
        assertRefused(TEXT.replace(right, wrong));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s {}", "%s x", "[%s]", "{%s", ""})
    void strictReadingRefusesWhatIsNotOneObject(String form) {
        assertRefused(form.formatted(TEXT));
    }

    private static void assertRefused(String json) {
        assertThatThrownBy(() -> Json.strict().readValue(json, Thing.class))
                .isInstanceOf(JsonProcessingException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"a": 1, "b": 2}              | {"b":2,"a":1}
                    {"a": {"c": [], "b": null}}   | { "a" : { "b" : null , "c" : [ ] } }
                    ["\\u0061\\/"]                | ["a/"]
                    [{"x": 1, "a": true}]         | [{"a": true, "x": 1}]
                    """)
    void equalJsonHasOneCanonicalText(String one, String other) throws Exception {
        assertThat(canonical(one)).isEqualTo(canonical(other));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    [1, 2]                  | [2, 1]
                    {"a": null}             | {}
                    {"a": "1"}              | {"a": 1}
                    {"a": 12345678901234567890123} | {"a": 12345678901234567890124}
                    ["a"]                   | ["A"]
                    [[]]                    | []
                    """)
    void differentJsonHasDifferentCanonicalText(String one, String other) throws Exception {
        assertThat(canonical(one)).isNotEqualTo(canonical(other));
    }

    private static String canonical(String json) throws Exception {
        return Json.canonical(Json.strict().readTree(json));
    }
}
