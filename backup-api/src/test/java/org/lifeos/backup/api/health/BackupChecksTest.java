package org.lifeos.backup.api.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.api.health.HealthStatus.CRITICAL;
import static org.lifeos.backup.api.health.HealthStatus.OK;
import static org.lifeos.backup.api.health.HealthStatus.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.json.Json;

/** Each check of the backups with a fault that turns it, and one that must not. */
class BackupChecksTest {
    private static final String AGE = "backup-age:lifeos";
    private static final String SIZE = "backup-size:lifeos";
    private static final String WHOLE = "backups-whole:lifeos";
    private static final String RESTORE_TEST = "restore-test:lifeos";
    private static final String RETENTION = "retention:lifeos";

    private final HealthBench bench = new HealthBench();

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void backupThatIsYoungEnoughIsWellAndOneThatIsNotIsCritical() {
        assertThat(bench.check(AGE).status()).as("none at all").isEqualTo(CRITICAL);
        bench.backup(Duration.ofHours(27), 100);
        assertThat(bench.check(AGE))
                .satisfies(it -> assertThat(it.status()).isEqualTo(CRITICAL))
                .satisfies(it -> assertThat(it.observed()).isEqualTo("27 h"))
                .satisfies(it -> assertThat(it.threshold()).isEqualTo("at most 26 h"));
        bench.backup(Duration.ofHours(25), 100);
        assertThat(bench.check(AGE).status()).isEqualTo(OK);
    }

    @Test
    void fileThatIsGoneIsNoBackupWhateverTheCatalogueSays() throws IOException {
        BackupManifest backup = bench.backup(Duration.ofHours(1), 100);
        bench.backup(Duration.ofHours(30), 100);
        Files.delete(bench.file(backup));
        assertThat(bench.check(AGE).status()).isEqualTo(CRITICAL);
        assertThat(bench.check(WHOLE).status()).isEqualTo(CRITICAL);
        assertThat(bench.check(WHOLE).summary()).contains(backup.file().name(), "the file is gone");
    }

    @Test
    void fileThatTheCatalogueDoesNotKnowStillCounts() {
        bench.backup(Duration.ofHours(1), 100);
        bench.service().execute("delete from backup");
        assertThat(bench.check(AGE).status()).isEqualTo(OK);
        // what a column says is not what lies on the disk
        bench.backup(Duration.ofHours(2), 100);
        bench.service()
                .execute(
                        "update backup set snapshot_at = now() - interval '9 days', size_bytes = 1");
        assertThat(bench.check(AGE).status()).isEqualTo(OK);
        assertThat(bench.check(SIZE).status()).isEqualTo(OK);
    }

    @Test
    void newestFileWithOtherBytesOfTheSameLengthIsNoBackup() throws IOException {
        BackupManifest backup = bench.backup(Duration.ofHours(1), 100);
        Path file = bench.file(backup);
        FileTime before = Files.getLastModifiedTime(file);
        assertThat(bench.check(AGE).status()).isEqualTo(OK);
        byte[] content = new byte[100];
        content[50] = 1;
        Files.write(file, content);
        Files.setLastModifiedTime(file, before);
        assertThat(bench.check(AGE).status()).isEqualTo(CRITICAL);
        assertThat(bench.check(WHOLE).summary())
                .contains("its bytes are not those of its manifest");

        Files.write(file, new byte[100]);
        assertThat(bench.check(AGE).status()).as("healed").isEqualTo(OK);
    }

    @Test
    void touchedFileIsAsOldAsItsSnapshot() throws IOException {
        BackupManifest backup = bench.backup(Duration.ofHours(1), 100);
        Files.setLastModifiedTime(
                bench.file(backup), FileTime.from(bench.now().minus(Duration.ofDays(9))));
        assertThat(bench.check(AGE).status()).isEqualTo(OK);
    }

    @Test
    void safetyBackupAndUnknownDumpAreNotTheNewestGoodOne() throws IOException {
        bench.backup(
                Duration.ofHours(1),
                100,
                BackupKind.SAFETY,
                bench.proof(VerificationLevel.RESTORE, Duration.ofHours(1)));
        Files.writeString(bench.folderPath().resolve("life_os_backup_20260101_030000.sql.gz"), "x");
        assertThat(bench.check(AGE).status()).isEqualTo(CRITICAL);
        assertThat(bench.check(AGE).summary()).contains("no manifest describes: 1");
        assertThat(bench.check(WHOLE).status()).as("it may be whole").isEqualTo(OK);
    }

    @Test
    void linkToADumpIsNoBackup() throws IOException {
        BackupManifest backup = bench.backup(Duration.ofHours(1), 100);
        Path elsewhere = bench.home().resolve("elsewhere");
        Files.move(bench.file(backup), elsewhere);
        Files.createSymbolicLink(bench.file(backup), elsewhere);
        assertThat(bench.check(AGE).status()).isEqualTo(CRITICAL);
    }

    @Test
    void dumpHalfAsLargeAsUsualIsAWarningAndALittleMoreIsNot() {
        for (int day = 1; day <= 7; day++) {
            bench.backup(Duration.ofDays(day), 1_000 + day);
        }
        bench.backup(Duration.ofHours(2), 510);
        assertThat(bench.check(SIZE).status()).isEqualTo(OK);
        bench.backup(Duration.ofHours(1), 501);
        assertThat(bench.check(SIZE))
                .satisfies(it -> assertThat(it.status()).isEqualTo(WARNING))
                .satisfies(it -> assertThat(it.observed()).isEqualTo("501 bytes"))
                .satisfies(it -> assertThat(it.threshold()).contains("1002 bytes", "last 7"));
        assertThat(bench.check(AGE).status()).isEqualTo(OK);
    }

    @Test
    void olderDamagedBackupIsAWarningAndTheNewestIsCritical() throws IOException {
        BackupManifest old = bench.backup(Duration.ofHours(20), 100);
        BackupManifest newest = bench.backup(Duration.ofHours(1), 100);
        assertThat(bench.check(WHOLE).status()).isEqualTo(OK);
        Files.write(bench.file(old), new byte[99]);
        assertThat(bench.check(WHOLE).status()).isEqualTo(WARNING);
        assertThat(bench.check(WHOLE).summary()).contains("99 bytes instead of 100");
        Files.write(bench.file(newest), new byte[99]);
        assertThat(bench.check(WHOLE).status()).isEqualTo(CRITICAL);
    }

    @Test
    void lossStaysTillSomebodyRemovesTheBackup() throws IOException {
        BackupManifest lost = bench.backup(Duration.ofHours(20), 100);
        bench.backup(Duration.ofHours(1), 100);
        Files.delete(bench.file(lost));
        Files.delete(bench.folderPath().resolve(lost.file().name() + ".manifest.json"));
        assertThat(bench.check(WHOLE).status()).isEqualTo(WARNING);
        String one = " where file_name = '%s'".formatted(lost.file().name());
        bench.service().execute("update backup set state = 'MISSING'" + one);
        assertThat(bench.check(WHOLE).status()).as("a scan noted it").isEqualTo(WARNING);
        bench.service().execute("update backup set state = 'EXPIRED'" + one);
        assertThat(bench.check(WHOLE).status()).isEqualTo(OK);
    }

    @Test
    void backupThatAVerificationDisprovedIsDamaged() throws IOException {
        BackupManifest backup = bench.backup(Duration.ofHours(1), 100);
        bench.service().execute("update backup set state = 'CORRUPT'");
        assertThat(bench.check(WHOLE).status()).isEqualTo(CRITICAL);
        bench.service().execute("update backup set state = 'AVAILABLE'");
        assertThat(bench.check(WHOLE).status()).isEqualTo(OK);
        Files.writeString(
                bench.folderPath().resolve(backup.file().name() + ".manifest.json"),
                Json.write(backup).replace("\"PASSED\"", "\"FAILED\""));
        assertThat(bench.check(WHOLE).status()).isEqualTo(CRITICAL);
        assertThat(bench.check(AGE).status()).isEqualTo(CRITICAL);
    }

    @Test
    void backupThatNobodyRestoredIsUnproven() {
        bench.backup(
                Duration.ofHours(1),
                100,
                BackupKind.MANUAL,
                bench.proof(VerificationLevel.CONTENT, Duration.ofHours(1)));
        assertThat(bench.check(RESTORE_TEST).status()).isEqualTo(WARNING);
        assertThat(bench.check(RESTORE_TEST).observed()).isEqualTo("never");
        bench.backup(Duration.ofDays(9), 100);
        assertThat(bench.check(RESTORE_TEST).status()).as("too long ago").isEqualTo(WARNING);
        bench.backup(Duration.ofDays(7), 100);
        assertThat(bench.check(RESTORE_TEST).status()).isEqualTo(OK);
        bench.ended("backup-verification", "FAILED", null, "1 hour");
        assertThat(bench.check(RESTORE_TEST).status()).isEqualTo(WARNING);
        assertThat(bench.check(RESTORE_TEST).summary()).contains("some-code");
        bench.ended("backup-verification", "SUCCEEDED", null, "1 minute");
        assertThat(bench.check(RESTORE_TEST).status()).isEqualTo(OK);
    }

    @Test
    void fewerBackupsThanRetentionKeepsIsAWarningOnlyWhenThereWereMore() throws IOException {
        BackupManifest one = bench.backup(Duration.ofHours(1), 100);
        assertThat(bench.check(RETENTION).status()).as("the first one").isEqualTo(OK);
        bench.backup(Duration.ofHours(2), 100);
        bench.backup(Duration.ofHours(3), 100);
        BackupManifest four = bench.backup(Duration.ofHours(4), 100);
        Files.delete(bench.file(four));
        assertThat(bench.check(RETENTION).status()).as("three are left").isEqualTo(OK);
        Files.delete(bench.file(one));
        assertThat(bench.check(RETENTION).status()).isEqualTo(WARNING);
        assertThat(bench.check(RETENTION).observed()).isEqualTo("2 good backups");
    }

    @Test
    void retentionThatFailsIsAWarning() {
        bench.backup(Duration.ofHours(1), 100);
        bench.ended("retention", "FAILED", null, "1 hour");
        assertThat(bench.check(RETENTION).status()).isEqualTo(WARNING);
        bench.ended("retention", "SUCCEEDED", null, "1 minute");
        assertThat(bench.check(RETENTION).status()).isEqualTo(OK);
    }

    @Test
    void folderThatCannotBeReadIsNeverGreen() {
        bench.backup(Duration.ofHours(1), 100);
        World blind =
                bench.look(
                        Look.failed("The backup folder has not answered within 6 s."),
                        bench.look().service());
        for (String id : new String[] {AGE, SIZE, WHOLE, RESTORE_TEST, RETENTION, "disk-space"}) {
            assertThat(HealthBench.check(blind, id).status()).as(id).isNotEqualTo(OK);
            assertThat(HealthBench.check(blind, id).summary()).as(id).contains("has not answered");
        }
        assertThat(HealthBench.check(blind, AGE).status()).isEqualTo(CRITICAL);
    }

    @Test
    void diskThatIsNotMountedIsCritical() throws IOException {
        bench.backup(Duration.ofHours(1), 100);
        Path away =
                Files.move(
                        bench.home(),
                        bench.home().resolveSibling(bench.home().getFileName() + "-away"));
        assertThat(bench.check(AGE).status()).isEqualTo(CRITICAL);
        assertThat(bench.check("disk-space").status()).isEqualTo(CRITICAL);
        Files.move(away, bench.home());
        assertThat(bench.check(AGE).status()).isEqualTo(OK);
    }
}
