package org.lifeos.backup.worker.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DumpFileNameTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final List<String> TARGETS = List.of("lifeos", "app", "app-test");

    @ParameterizedTest
    @CsvSource({
        "life_os_backup_20260131_030000.sql.gz, lifeos",
        "app_backup_20260131_030000.sql.gz, app",
        "app-test_backup_20260131_030000.sql.gz, app-test",
        "safety/app_pre_restore_20260131_030000.sql.gz, app",
        "safety/pre_restore_20260131_030000.sql.gz, lifeos",
        "app.sql.gz, lifeos",
        "apple_20260131.sql.gz, lifeos",
        "other_backup_20260131_030000.sql.gz, lifeos"
    })
    void prefixTellsTheTarget(String file, String target) {
        assertThat(new DumpFileName(file).target(TARGETS)).isEqualTo(target);
    }

    @Test
    void targetThatIsNotConfiguredAnyMoreKeepsItsFiles() {
        assertThat(new DumpFileName("old_backup_1.sql.gz").isOf("old", TARGETS)).isTrue();
        assertThat(new DumpFileName("app_backup_1.sql.gz").isOf("lifeos", TARGETS)).isFalse();
        assertThat(new DumpFileName("app-test_backup_1.sql.gz").isOf("app", TARGETS)).isFalse();
        assertThat(new DumpFileName("manual_backup_1.sql.gz").isOf("manual", TARGETS)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "life_os_backup_20260131_030000.sql.gz, 2026-01-31T02:00:00Z",
        "life_os_backup_20250731_030000.sql.gz, 2025-07-31T01:00:00Z",
        "manual_backup_20260131_030000-2_before-42.sql.gz, 2026-01-31T02:00:00Z",
        // clocks went from 02:00 to 03:00: no clock ever showed this
        "life_os_backup_20260329_023000.sql.gz, 2026-03-29T01:30:00Z"
    })
    void timeInTheNameIsReadInTheZone(String file, Instant expected) {
        assertThat(new DumpFileName(file).time(BERLIN, NOW, NOW)).contains(expected);
    }

    @ParameterizedTest
    @CsvSource({
        // written within the first hour, within the second, and copied much later
        "2025-10-26T00:30:20Z, 2025-10-26T00:30:00Z",
        "2025-10-26T01:30:20Z, 2025-10-26T01:30:00Z",
        "2025-12-01T00:00:00Z, 2025-10-26T00:30:00Z"
    })
    void timeThatComesTwiceIsTheOneThatTheFileFits(Instant modifiedAt, Instant expected) {
        assertThat(
                        new DumpFileName("life_os_backup_20251026_023000.sql.gz")
                                .time(BERLIN, modifiedAt, NOW))
                .contains(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dump.sql.gz",
                "life_os_backup_20260230_030000.sql.gz",
                "life_os_backup_20260131_250000.sql.gz",
                "life_os_backup_120260131_030000.sql.gz",
                "life_os_backup_20990131_030000.sql.gz",
                "life_os_backup_19690131_030000.sql.gz"
            })
    void nameWithoutATimeThatCanBeTellsNone(String file) {
        assertThat(new DumpFileName(file).time(BERLIN, NOW, NOW)).isEmpty();
    }
}
