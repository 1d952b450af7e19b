package org.lifeos.backup.worker.restore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PreviousNameTest {
    private static final Instant AT = Instant.parse("2026-01-31T03:00:00.7Z");
    private static final UUID JOB = UUID.fromString("01920000-0000-7000-8000-00001a2b3c4d");

    @Test
    void nameTellsWhenAndByWhom() {
        assertThat(PreviousName.of("lifeos", AT, JOB).text())
                .isEqualTo("lifeos_before_20260131_030000_1a2b3c4d");
    }

    @Test
    void whatItTellsIsReadBackWhateverTheDatabaseIsCalled() {
        for (String database :
                List.of(
                        "lifeos",
                        "a_before_b",
                        "-o'd \"d\" {x} = \u00e4 and so on, until sixty-three are full \u00e4\u00e4",
                        "\u00e4".repeat(31),
                        "two\nlines")) {
            PreviousName name = PreviousName.of(database, AT, JOB);
            assertThat(name.text().getBytes(UTF_8).length).isLessThanOrEqualTo(63);
            assertThat(PreviousName.parse(name.text(), database)).contains(name);
            assertThat(name.isBy(JOB)).isTrue();
            assertThat(name.isBy(UUID.randomUUID())).isFalse();
        }
    }

    @Test
    void nameOfAnotherDatabaseIsNotTaken() {
        String mine = PreviousName.of("app", AT, JOB).text();
        assertThat(PreviousName.parse(mine, "app_test")).isEmpty();
        assertThat(PreviousName.parse(mine, "ap")).isEmpty();
        String longName = "x".repeat(60);
        assertThat(
                        PreviousName.parse(
                                PreviousName.of(longName + "1", AT, JOB).text(), longName + "2"))
                .isEmpty();
        assertThat(PreviousName.parse("app_before_the_flood", "app")).isEmpty();
        assertThat(PreviousName.parse("app_before_20261399_030000_1a2b3c4d", "app")).isEmpty();
    }
}
