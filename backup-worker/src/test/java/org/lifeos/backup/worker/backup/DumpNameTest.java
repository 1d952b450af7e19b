package org.lifeos.backup.worker.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.BackupRequest;

class DumpNameTest {
    private static final Instant NEW_YEAR = Instant.parse("2025-12-31T23:30:05.999Z");
    private static final ZoneId UTC = ZoneOffset.UTC;

    @Test
    void defaultTargetKeepsTheNamesOfTheOldScripts() {
        assertThat(name("lifeos", BackupKind.SCHEDULED, null, 1))
                .isEqualTo("life_os_backup_20251231_233005.sql.gz");
        assertThat(name("lifeos", BackupKind.MANUAL, null, 1))
                .isEqualTo("manual_backup_20251231_233005.sql.gz");
        assertThat(name("lifeos", BackupKind.SAFETY, null, 1))
                .isEqualTo("safety/pre_restore_20251231_233005.sql.gz");
    }

    @Test
    void nameTellsTheTimeOfTheZone() {
        BackupRequest request = request("lifeos", BackupKind.MANUAL, null, BackupFormat.PLAIN);

        assertThat(DumpName.of(request, NEW_YEAR, ZoneId.of("Asia/Kathmandu"), 1))
                .isEqualTo("manual_backup_20260101_051505.sql.gz");
        assertThat(DumpName.of(request, NEW_YEAR, ZoneId.of("America/New_York"), 1))
                .isEqualTo("manual_backup_20251231_183005.sql.gz");
    }

    @Test
    void nameThatIsTakenGetsItsNumberAfterTheSecondsAndBeforeTheLabel() {
        assertThat(name("lifeos", BackupKind.MANUAL, "before-42", 1))
                .isEqualTo("manual_backup_20251231_233005_before-42.sql.gz");
        assertThat(name("lifeos", BackupKind.MANUAL, "before-42", 2))
                .isEqualTo("manual_backup_20251231_233005-2_before-42.sql.gz");
        assertThat(name("lifeos", BackupKind.MANUAL, null, 11))
                .isEqualTo("manual_backup_20251231_233005-11.sql.gz");
    }

    @Test
    void customFormatHasAnExtensionOfItsOwn() {
        assertThat(
                        DumpName.of(
                                request("app", BackupKind.SCHEDULED, null, BackupFormat.CUSTOM),
                                NEW_YEAR,
                                UTC,
                                1))
                .isEqualTo("app_backup_20251231_233005.dump");
    }

    @Test
    void noPatternOfOneTargetAndKindTakesAFileOfAnother() {
        List<String> prefixes = new ArrayList<>();
        for (String target : List.of("lifeos", "app", "app-test", "app-manual", "safety", "os")) {
            for (BackupKind kind :
                    List.of(BackupKind.SCHEDULED, BackupKind.MANUAL, BackupKind.SAFETY)) {
                String name = name(target, kind, null, 1);
                prefixes.add(name.substring(0, name.indexOf("20251231")));
            }
        }

        assertThat(prefixes).doesNotHaveDuplicates();
        for (String prefix : prefixes) {
            assertThat(prefixes)
                    .filteredOn(other -> !other.equals(prefix))
                    .noneMatch(other -> other.startsWith(prefix));
        }
    }

    private static String name(String target, BackupKind kind, String label, int nr) {
        return DumpName.of(request(target, kind, label, BackupFormat.PLAIN), NEW_YEAR, UTC, nr);
    }

    private static BackupRequest request(
            String target, BackupKind kind, String label, BackupFormat format) {
        return new BackupRequest(target, kind, label, null, format, false, VerificationLevel.NONE);
    }
}
