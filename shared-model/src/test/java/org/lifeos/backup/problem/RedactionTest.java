package org.lifeos.backup.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
    private final Redaction redaction = new Redaction(List.of("hunter2", "hunter2-long", "abc"));

    @Test
    void knownSecretIsMaskedWhereverItStands() {
        assertThat(redaction.apply("xhunter2y hunter2, hunter2")).isEqualTo("x***y ***, ***");
    }

    @Test
    void secretThatHoldsAnotherOneIsMaskedWhole() {
        assertThat(redaction.apply("hunter2-long")).isEqualTo("***");
    }

    @Test
    void secretTooShortToTellFromWordsIsLeft() {
        assertThat(redaction.apply("abcdef")).isEqualTo("abcdef");
    }

    @Test
    void secretIsNoPattern() {
        Redaction odd = new Redaction(List.of("a.*b$1", "\\E[x"));

        assertThat(odd.apply("a.*b$1 \\E[x axxb$1")).isEqualTo("*** *** axxb$1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    at postgres://lifeos:pw@db:5432/lifeos        | at postgres://lifeos:***@db:5432/lifeos
                    redis://:pw@redis                             | redis://:***@redis
                    ALTER ROLE ada PASSWORD 'SCRAM-SHA-256$x:y'   | ALTER ROLE ada PASSWORD ***
                    password = "pw" next                          | password = *** next
                    host=db password=pw user=ada                  | host=db password=*** user=ada
                    host=db password = p\\ w user=ada             | host=db password = *** user=ada
                    password='p\\'w' user=ada                     | password=*** user=ada
                    postgresql://db/x?user=a&password=pw&ssl=on   | postgresql://db/x?user=a&password=***&ssl=on
                    at postgres://lifeos:p@w@db:5432/lifeos       | at postgres://lifeos:***@db:5432/lifeos
                    PGPASSWORD='p w' psql                         | PGPASSWORD=*** psql
                    Authorization: Bearer abcdefgh.1234_-~+/=     | Authorization: Bearer ***
                    """)
    void whatLooksLikeASecretIsMaskedThoughNobodyKnowsIt(String text, String masked) {
        assertThat(redaction.apply(text)).isEqualTo(masked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FATAL:  password authentication failed for user \"lifeos\"",
                "see https://www.postgresql.org/docs/16/app-pgdump.html",
                "a bearer of news",
                "12:30 at http://db:5432/x",
                ""
            })
    void ordinaryTextStaysAsItIs(String text) {
        assertThat(redaction.apply(text)).isEqualTo(text);
    }

    @Test
    void nothingStaysNothing() {
        assertThat(redaction.apply(null)).isNull();
    }
}
