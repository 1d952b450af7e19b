package org.lifeos.backup.worker.catalog;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.Verification.Outcome;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.CatalogScanResult;
import org.lifeos.backup.job.ManifestUpdateRequest;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.StoppedException;

class CatalogScanHandlerTest {
    private static final String NIGHTLY = "life_os_backup_20250731_030000.sql.gz";
    private static final String MANUAL = "manual_backup_20260131_120000.sql.gz";

    @AutoClose private static final ScanBench BENCH = new ScanBench();

    @BeforeEach
    void begin(@TempDir Path home) {
        BENCH.begin(home);
    }

    @Test
    void lostCatalogueIsTheSameAgainToTheLastColumn() throws IOException {
        BENCH.backup("lifeos", BackupKind.SCHEDULED, NIGHTLY);
        BENCH.backup("app", BackupKind.MANUAL, "app_manual_backup_20260131_120000.sql.gz");
        BENCH.backup("lifeos", BackupKind.SAFETY, "safety/pre_restore_20260131_120000.sql.gz");
        BENCH.backup("gone", BackupKind.MANUAL, "gone_manual_backup_20260131_120000.sql.gz");
        String before = BENCH.everything();
        assertThat(BENCH.scan())
                .isEqualTo(new CatalogScanResult(List.of(), 4, List.of(), List.of()));
        BENCH.loseTheCatalogue();

        assertThat(BENCH.scan().imported()).hasSize(4);
        assertThat(BENCH.everything()).isEqualTo(before);
        assertThat(BENCH.scan().unchanged()).isEqualTo(4);
    }

    @Test
    void backupThatFailedItsProofIsCorruptAgain() throws IOException {
        BackupManifest manifest = BENCH.described("lifeos", BackupKind.MANUAL, MANUAL);
        Verification failed =
                new Verification(
                        VerificationLevel.RESTORE,
                        Outcome.FAILED,
                        Instant.parse("2026-02-01T00:00:00Z"));
        BENCH.manifest(MANUAL, manifest.verified(failed));

        assertThat(BENCH.scan().corrupt()).containsExactly(MANUAL);
        assertThat(BENCH.of(MANUAL).state()).isEqualTo(BackupState.CORRUPT);
        assertThat(BENCH.of(MANUAL).verification()).isEqualTo(failed);
    }

    @Test
    void dumpOfTheOldScriptIsReadAndDescribed() throws IOException {
        Path file = BENCH.foreign(NIGHTLY);

        assertThat(BENCH.scan().imported()).containsExactly(NIGHTLY);
        Backup backup = BENCH.of(NIGHTLY);
        assertThat(backup.kind()).isEqualTo(BackupKind.IMPORTED);
        assertThat(backup.state()).isEqualTo(BackupState.AVAILABLE);
        assertThat(backup.id().version()).isEqualTo(7);
        assertThat(backup.snapshotAt()).isEqualTo("2025-07-31T01:00:00Z");
        assertThat(backup.database().name()).isEqualTo("lifeos");
        assertThat(backup.database().serverVersion()).matches("\\d+\\.\\d+.*");
        assertThat(backup.rows()).isEqualTo(3);
        assertThat(backup.contents())
                .extracting(TableContent::table, TableContent::rows)
                .containsExactly(tuple("public.people", 2L), tuple("public.places", 1L));
        assertThat(backup.contents()).allMatch(table -> table.hash().length() == 32);
        assertThat(BENCH.manifest(NIGHTLY).dumpToolVersion()).matches("\\d+\\.\\d+");
        assertThat(BENCH.manifest(NIGHTLY).fingerprint().schemaHash()).hasSize(32);

        assertThat(Files.readString(BENCH.path(NIGHTLY + ".sha256")))
                .isEqualTo("%s  %s\n".formatted(backup.file().sha256(), NIGHTLY));
        for (String sidecar : List.of(".sha256", ".manifest.json")) {
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(BENCH.path(NIGHTLY + sidecar))))
                    .isEqualTo("rw-------");
        }
        assertThat(Files.size(file)).isEqualTo(backup.file().sizeBytes());

        assertThat(BENCH.scan().unchanged()).isEqualTo(1);
        BENCH.loseTheCatalogue();
        BENCH.scan();
        assertThat(BENCH.of(NIGHTLY)).isEqualTo(backup);
    }

    @Test
    void prefixTellsTheTargetAndTheFolderWhatIsASafetyBackup() throws IOException {
        BENCH.foreign("app_backup_20250731_030000.sql.gz");
        BENCH.foreign("somebody_elses.sql.gz");
        BENCH.foreign("safety/pre_restore_20250731_030000.sql.gz");

        BENCH.scan();
        assertThat(BENCH.of("app_backup_20250731_030000.sql.gz").target()).isEqualTo("app");
        Backup unnamed = BENCH.of("somebody_elses.sql.gz");
        assertThat(unnamed.target()).isEqualTo("lifeos");
        assertThat(unnamed.snapshotAt())
                .isCloseTo(
                        Files.getLastModifiedTime(BENCH.path("somebody_elses.sql.gz")).toInstant(),
                        within(1, ChronoUnit.MICROS));
        assertThat(BENCH.of("safety/pre_restore_20250731_030000.sql.gz").kind())
                .isEqualTo(BackupKind.SAFETY);
        assertThat(BENCH.catalogue.latest("lifeos").orElseThrow().id()).isEqualTo(unnamed.id());
    }

    @Test
    void dumpsThatAreNotWholeAreCorruptAndHealUnderTheSameId() throws IOException {
        byte[] whole = ScanBench.gzip(BENCH.sql());
        BENCH.foreign("a.sql.gz", Arrays.copyOf(whole, whole.length / 2));
        BENCH.foreign(
                "b.sql.gz", ScanBench.gzip(Arrays.copyOf(BENCH.sql(), BENCH.sql().length / 2)));
        BENCH.foreign("c.sql.gz", new byte[0]);
        BENCH.foreign("d.sql.gz", "no gzip at all".getBytes(US_ASCII));
        List<String> all = List.of("a.sql.gz", "b.sql.gz", "c.sql.gz", "d.sql.gz");

        assertThat(BENCH.scan().corrupt()).isEqualTo(all);
        List<UUID> ids = all.stream().map(file -> BENCH.of(file).id()).toList();
        assertThat(BENCH.catalogue.latest("lifeos")).isEmpty();
        String before = BENCH.everything();
        assertThat(BENCH.scan()).isEqualTo(new CatalogScanResult(List.of(), 0, List.of(), all));
        BENCH.loseTheCatalogue();
        BENCH.scan();
        assertThat(BENCH.everything()).isEqualTo(before);

        for (String file : all) {
            BENCH.foreign(file, whole);
        }
        assertThat(BENCH.scan().imported()).isEqualTo(all);
        assertThat(all.stream().map(file -> BENCH.of(file).id())).isEqualTo(ids);
        assertThat(all).allMatch(file -> BENCH.of(file).state() == BackupState.AVAILABLE);
        assertThat(all).allMatch(file -> BENCH.of(file).rows() == 3);
    }

    @Test
    void dumpThatIsStillBeingWrittenIsLeftForTheNextScan() throws IOException {
        byte[] whole = ScanBench.gzip(BENCH.sql());
        Files.write(BENCH.path(NIGHTLY), Arrays.copyOf(whole, whole.length - 10));

        assertThat(BENCH.scan())
                .isEqualTo(new CatalogScanResult(List.of(), 0, List.of(), List.of()));
        assertThat(BENCH.rows()).isEmpty();
        assertThat(BENCH.path(NIGHTLY + ".manifest.json")).doesNotExist();

        Files.write(BENCH.path(NIGHTLY), whole);
        assertThat(BENCH.scan().imported()).containsExactly(NIGHTLY);
    }

    @Test
    void backupWhoseFileIsGoneIsMissingUntilItIsBack() throws IOException {
        BENCH.backup(MANUAL);
        Backup before = BENCH.of(MANUAL);
        Path away = BENCH.path("away");
        Files.move(BENCH.path(MANUAL), away);

        assertThat(BENCH.scan().missing()).containsExactly(MANUAL);
        assertThat(BENCH.scan().missing()).containsExactly(MANUAL);
        assertThat(BENCH.of(MANUAL).state()).isEqualTo(BackupState.MISSING);

        Files.move(away, BENCH.path(MANUAL));
        assertThat(BENCH.scan().imported()).containsExactly(MANUAL);
        assertThat(BENCH.of(MANUAL)).isEqualTo(before);
    }

    @Test
    void backupWithOtherBytesIsCorruptUntilItsOwnAreBack() throws IOException {
        BackupManifest manifest = BENCH.backup(MANUAL);
        byte[] whole = Files.readAllBytes(BENCH.path(MANUAL));
        byte[] flipped = whole.clone();
        flipped[flipped.length / 2] ^= 1;
        Files.write(BENCH.path(MANUAL), flipped);

        assertThat(BENCH.scan().corrupt()).containsExactly(MANUAL);
        assertThat(BENCH.of(MANUAL).id()).isEqualTo(manifest.backupId());
        assertThat(BENCH.of(MANUAL).verification().level()).isEqualTo(VerificationLevel.CHECKSUM);
        String before = BENCH.everything();
        BENCH.loseTheCatalogue();
        BENCH.scan();
        assertThat(BENCH.everything()).as("the manifest tells it too").isEqualTo(before);

        Files.write(BENCH.path(MANUAL), whole);
        assertThat(BENCH.scan().imported()).containsExactly(MANUAL);
        assertThat(BENCH.of(MANUAL).state()).isEqualTo(BackupState.AVAILABLE);
        assertThat(BENCH.of(MANUAL).file()).isEqualTo(manifest.file());
    }

    @Test
    void fileThatCameBackAfterItsRemovalIsEnteredAgain() throws IOException {
        BackupManifest whole = BENCH.backup(MANUAL);
        BackupManifest alone = BENCH.backup(NIGHTLY);
        BENCH.jobs().database().update("update backup set state = 'EXPIRED'");
        Files.delete(BENCH.path(NIGHTLY + ".manifest.json"));

        assertThat(BENCH.scan().imported()).containsExactly(NIGHTLY, MANUAL);
        assertThat(BENCH.of(MANUAL).id()).isEqualTo(whole.backupId());
        assertThat(BENCH.of(NIGHTLY).id()).isNotEqualTo(alone.backupId());
        assertThat(BENCH.rows())
                .containsExactly(
                        NIGHTLY + " imported AVAILABLE",
                        NIGHTLY + " manual EXPIRED",
                        MANUAL + " manual AVAILABLE");
    }

    @Test
    void expiredBackupWithoutAFileStaysExpired() throws IOException {
        BENCH.backup(MANUAL);
        BENCH.jobs().database().update("update backup set state = 'EXPIRED'");
        Files.delete(BENCH.path(MANUAL));

        assertThat(BENCH.scan())
                .isEqualTo(new CatalogScanResult(List.of(), 0, List.of(), List.of()));
        assertThat(BENCH.rows()).containsExactly(MANUAL + " manual EXPIRED");
    }

    @Test
    void whatCallersAndProofsSaidLastIsNotTakenBackByAnOlderManifest() throws IOException {
        BackupManifest manifest = BENCH.backup(MANUAL);
        Verification later =
                new Verification(
                        VerificationLevel.RESTORE,
                        Outcome.FAILED,
                        Instant.parse("2026-03-01T00:00:00Z"));
        BENCH.jobs()
                .database()
                .inTransaction(session -> {
                    BENCH.catalogue.describe(
                            session, manifest.backupId(), false, "not needed any more");
                    BENCH.catalogue.verified(
                            session, manifest.backupId(), BackupState.CORRUPT, later);
                    return null;
                });
        BENCH.submit(new ManifestUpdateRequest(manifest.backupId(), "lifeos"));
        Backup before = BENCH.of(MANUAL);

        assertThat(BENCH.scan().corrupt()).containsExactly(MANUAL);
        assertThat(BENCH.of(MANUAL)).isEqualTo(before);
        assertThat(BENCH.manifest(MANUAL))
                .isEqualTo(manifest.described(false, "not needed any more").verified(later));
    }

    @Test
    void changedManifestChangesTheRow() throws IOException {
        BackupManifest manifest = BENCH.backup(MANUAL);
        BENCH.manifest(MANUAL, manifest.described(false, "by hand"));

        assertThat(BENCH.scan().imported()).containsExactly(MANUAL);
        assertThat(BENCH.of(MANUAL).reason()).isEqualTo("by hand");
        assertThat(BENCH.of(MANUAL).pinned()).isFalse();
    }

    @Test
    void dumpOfAJobThatHasNotEndedIsLeftToThatJob() throws IOException {
        BackupManifest manifest = BENCH.described("lifeos", BackupKind.MANUAL, MANUAL);
        UUID job = BENCH.submit(QueueBench.backupOf("lifeos"));
        BENCH.jobs().database().update("update job set id = ? where id = ?", manifest.jobId(), job);

        assertThat(BENCH.scan().imported()).isEmpty();
        assertThat(BENCH.rows()).isEmpty();

        BENCH.jobs().cancel(manifest.jobId(), "somebody");
        assertThat(BENCH.scan().imported()).containsExactly(MANUAL);
    }

    @Test
    void knownBackupWithoutAManifestKeepsWhatTheCatalogueKnows() throws IOException {
        BackupManifest manifest = BENCH.backup(MANUAL);
        Files.delete(BENCH.path(MANUAL + ".manifest.json"));

        BENCH.scan();
        Backup backup = BENCH.of(MANUAL);
        assertThat(backup.id()).isEqualTo(manifest.backupId());
        assertThat(backup.pinned()).isTrue();
        assertThat(backup.kind()).isEqualTo(BackupKind.MANUAL);
        assertThat(backup.rows()).isEqualTo(3);
        assertThat(BENCH.manifest(MANUAL).backupId()).isEqualTo(manifest.backupId());
        assertThat(BENCH.scan().unchanged()).isEqualTo(1);

        Files.delete(BENCH.path(MANUAL + ".manifest.json"));
        BENCH.foreign(MANUAL, ScanBench.gzip("-- another dump".getBytes(US_ASCII)));
        assertThat(BENCH.scan().corrupt()).containsExactly(MANUAL);
        assertThat(BENCH.of(MANUAL).id()).isEqualTo(manifest.backupId());
    }

    @Test
    void folderThatIsAwayMakesNothingMissing() throws IOException {
        BENCH.backup(MANUAL);
        Path folder = BENCH.folder.path();
        Files.move(folder, folder.resolveSibling("away"), StandardCopyOption.ATOMIC_MOVE);

        assertThatThrownBy(BENCH::scan)
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("where 1 backups should be");
        assertThat(BENCH.of(MANUAL).state()).isEqualTo(BackupState.AVAILABLE);
    }

    @Test
    void scanThatLostItsLeaseWritesNothing() throws IOException {
        BENCH.foreign(NIGHTLY);
        Attempt attempt = BENCH.begin();
        BENCH.jobs().stealLease(attempt.jobId());

        assertThatThrownBy(() -> BENCH.handler().run(attempt)).isInstanceOf(StoppedException.class);
        assertThat(BENCH.rows()).isEmpty();
        assertThat(Files.list(BENCH.folder.path())).containsExactly(BENCH.path(NIGHTLY));
    }
}
