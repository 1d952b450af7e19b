package org.lifeos.backup.worker.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.job.BackupDeletionRequest;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobRequest;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.RestoreMode;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.job.RetentionRequest;
import org.lifeos.backup.job.RetentionResult;
import org.lifeos.backup.job.RollbackRequest;
import org.lifeos.backup.job.RollbackResult;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.retention.Verdict;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.testing.SampleManifest;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.StoppedException;
import org.lifeos.backup.worker.storage.BackupFolder;

class RetentionHandlerTest {
    private static final RetentionPolicy POLICY = new RetentionPolicy(7, 1, null);
    private static final List<String> SIDECARS = List.of(".manifest.json", ".sha256", ".roles.sql");

    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final JobQueue queue = BENCH.queue("ada");
    private final Catalogue catalogue = new Catalogue(BENCH.database());

    @TempDir Path home;

    @BeforeEach
    void emptyCatalogue() {
        BENCH.service().clear();
    }

    @Test
    void dryRunListsExactlyWhatTheRunThenRemoves() throws IOException {
        add("new.sql.gz", 1);
        add("old.sql.gz", 8);
        add("older.sql.gz", 9);
        Files.writeString(folder().resolve("somebody-elses.sql.gz"), "a file of nobody we know");

        RetentionResult dry = run(new RetentionRequest("lifeos", null, true));
        assertThat(files(dry.kept())).containsExactly("new.sql.gz");
        assertThat(files(dry.expired())).containsExactly("old.sql.gz", "older.sql.gz");
        assertThat(filesOnDisk()).hasSize(13);

        RetentionResult real = run(new RetentionRequest("lifeos", null, false));
        assertThat(real).isEqualTo(dry);
        assertThat(filesOnDisk())
                .containsExactly(
                        "new.sql.gz",
                        "new.sql.gz.manifest.json",
                        "new.sql.gz.roles.sql",
                        "new.sql.gz.sha256",
                        "somebody-elses.sql.gz");
        assertThat(states())
                .isEqualTo("new.sql.gz AVAILABLE, old.sql.gz EXPIRED, older.sql.gz EXPIRED");
    }

    @Test
    void keepDaysOfTheRequestAreForThisRunAlone() throws IOException {
        add("new.sql.gz", 1);
        add("old.sql.gz", 5);

        assertThat(files(run(new RetentionRequest("lifeos", 4, true)).expired()))
                .containsExactly("old.sql.gz");
        assertThat(run(new RetentionRequest("lifeos", null, true)).expired()).isEmpty();
    }

    @Test
    void backupsOfOtherTargetsAndThoseInUseStay() throws IOException {
        add("new.sql.gz", 1);
        UUID used = add("used.sql.gz", 8);
        add("app", BackupKind.SCHEDULED, "app_new.sql.gz", 1);
        add("app", BackupKind.SCHEDULED, "app_old.sql.gz", 8);
        UUID user = submit(new BackupDeletionRequest(used, "lifeos"));

        RetentionResult result = run(new RetentionRequest("lifeos", null, false));
        assertThat(result.expired()).isEmpty();
        assertThat(result.kept())
                .extracting(Verdict::file, Verdict::reason)
                .contains(tuple("used.sql.gz", "in use"))
                .hasSize(2);
        assertThat(filesOnDisk()).hasSize(16);

        BENCH.cancel(user, "somebody");
        assertThat(files(run(new RetentionRequest("lifeos", null, false)).expired()))
                .containsExactly("used.sql.gz");
    }

    @Test
    void safetyBackupStaysWhileItsRollbackIsPossible() throws IOException {
        add("new.sql.gz", 0);
        UUID older = addOfHours("older.sql.gz", BackupKind.SAFETY, 49);
        // of a restore that took long: what it replaced stays until 24 hours after the swap
        UUID last = addOfHours("last.sql.gz", BackupKind.SAFETY, 47);
        UUID another = addOfHours("app", "app_safe.sql.gz", 30);
        swapped("lifeos", older, 26);
        swapped("lifeos", last, 23);
        swapped("app", another, 25);

        assertThat(run(new RetentionRequest("lifeos", 1, true)).kept())
                .extracting(Verdict::file, Verdict::reason)
                .contains(tuple("last.sql.gz", "its restore can still be rolled back"));
        assertThat(files(run(new RetentionRequest("lifeos", 1, true)).expired()))
                .containsExactly("older.sql.gz");
        assertThat(files(run(new RetentionRequest("app", 1, true)).expired()))
                .containsExactly("app_safe.sql.gz");

        swapped("lifeos", null, 1);
        assertThat(files(run(new RetentionRequest("lifeos", 1, false)).expired()))
                .as("a rollback has taken the place of what the restore replaced")
                .containsExactly("last.sql.gz", "older.sql.gz");
    }

    @Test
    void safetyBackupOfARestoreThatGoesOnIsInUse() throws IOException {
        add("new.sql.gz", 0);
        UUID safety = addOfHours("safe.sql.gz", BackupKind.SAFETY, 30);
        UUID restore = submit(restoreOf(add("restored.sql.gz", 1)));
        BENCH.database().update("update backup set job_id = ? where id = ?", restore, safety);

        assertThat(run(new RetentionRequest("lifeos", 1, true)).kept())
                .extracting(Verdict::file, Verdict::reason)
                .contains(tuple("safe.sql.gz", "in use"));
    }

    private static RestoreRequest restoreOf(UUID backup) {
        return new RestoreRequest(backup, "lifeos", RestoreMode.SWAP, "lifeos", false);
    }

    /** Notes a swap of some hours ago. */
    private void swapped(String target, UUID safetyBackup, int hours) {
        Instant at = queue.now().minus(Duration.ofHours(hours));
        UUID id =
                submit(
                        safetyBackup == null
                                ? new RollbackRequest(UUID.randomUUID(), target, target)
                                : new RestoreRequest(
                                        safetyBackup, target, RestoreMode.SWAP, target, false));
        Instant until = at.plus(Duration.ofHours(24));
        JobResult result =
                safetyBackup == null
                        ? new RollbackResult(target, target + "_before_x", until)
                        : new RestoreResult(
                                target,
                                target + "_before_x",
                                until,
                                safetyBackup,
                                1,
                                1,
                                true,
                                List.of(),
                                List.of());
        BENCH.database()
                .update(
                        "update job set state = 'SUCCEEDED', finished_at = ?, result = ?::jsonb where id = ?",
                        at,
                        Json.write(result),
                        id);
    }

    @Test
    void attemptThatFollowsABrokenOneFinishesItAndTellsTheWhole() throws IOException {
        add("new.sql.gz", 1);
        add("old.sql.gz", 8);
        add("older.sql.gz", 9);
        add("oldest.sql.gz", 10);
        // as a kill in the middle of the second removal leaves it
        Files.delete(folder().resolve("older.sql.gz"));
        Files.delete(folder().resolve("older.sql.gz.sha256"));
        // and the third one cannot be removed now
        Path stuck = folder().resolve("old.sql.gz");
        Files.delete(stuck);
        Files.createDirectories(stuck.resolve("in the way"));

        UUID id = submit(new RetentionRequest("lifeos", null, false));
        Attempt first = claim();
        assertThatThrownBy(() -> handler().run(first))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.code()).isEqualTo(ProblemCode.FOLDER_NOT_WRITABLE));
        assertThat(states())
                .isEqualTo(
                        "new.sql.gz AVAILABLE, old.sql.gz AVAILABLE, older.sql.gz EXPIRED, oldest.sql.gz EXPIRED");

        Files.delete(stuck.resolve("in the way"));
        BENCH.database()
                .update(
                        "update job set state = 'QUEUED', lease_token = null, lease_until = null where id = ?",
                        id);
        handler().run(claim());
        assertThat(files(result(id).expired()))
                .containsExactly("old.sql.gz", "older.sql.gz", "oldest.sql.gz");
        assertThat(filesOnDisk()).hasSize(4).allMatch(file -> file.startsWith("new.sql.gz"));
    }

    @Test
    void workerThatLostItsJobRemovesNothing() throws IOException {
        add("new.sql.gz", 1);
        add("old.sql.gz", 8);
        UUID id = submit(new RetentionRequest("lifeos", null, false));
        Attempt attempt = claim();
        BENCH.stealLease(id);

        assertThatThrownBy(() -> handler().run(attempt)).isInstanceOf(StoppedException.class);
        assertThat(filesOnDisk()).hasSize(8);
        assertThat(states()).isEqualTo("new.sql.gz AVAILABLE, old.sql.gz AVAILABLE");
    }

    private RetentionHandler handler() {
        return new RetentionHandler(POLICY, new BackupFolder(home), catalogue, queue);
    }

    private RetentionResult run(RetentionRequest request) {
        UUID id = submit(request);
        handler().run(claim());
        return result(id);
    }

    private static RetentionResult result(UUID id) {
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.SUCCEEDED);
        return (RetentionResult) BENCH.job(id).result();
    }

    private Attempt claim() {
        LeasedJob job = queue.claim(Set.of(JobType.RETENTION)).orElseThrow();
        return new Attempt(job, queue, new JobLog(BENCH.database()), new Redaction(List.of()));
    }

    private static UUID submit(JobRequest request) {
        Submission submission = new Submission(UUID.randomUUID(), request, "ci-token", null);
        return BENCH.database()
                .inTransaction(session -> BENCH.jobs().submit(session, submission))
                .id();
    }

    private UUID add(String file, int days) throws IOException {
        return add("lifeos", BackupKind.SCHEDULED, file, days * 24);
    }

    private UUID addOfHours(String file, BackupKind kind, int hours) throws IOException {
        return add("lifeos", kind, file, hours);
    }

    private UUID addOfHours(String target, String file, int hours) throws IOException {
        return add(target, BackupKind.SAFETY, file, hours);
    }

    private UUID add(String target, BackupKind kind, String file, int hours) throws IOException {
        Files.createDirectories(folder());
        Files.writeString(folder().resolve(file), "a dump");
        for (String sidecar : SIDECARS) {
            Files.writeString(folder().resolve(file + sidecar), "beside it");
        }
        Instant snapshotAt = queue.now().minus(Duration.ofHours(hours)).minusSeconds(1);
        BackupManifest manifest =
                SampleManifest.of(
                                UUID.randomUUID(),
                                target,
                                kind,
                                new DumpFile(file, 6, "ab"),
                                snapshotAt)
                        .described(false, null);
        BENCH.database()
                .inTransaction(session -> {
                    catalogue.add(session, manifest);
                    return null;
                });
        return manifest.backupId();
    }

    private Path folder() {
        return home.resolve("backups/postgres");
    }

    private List<String> filesOnDisk() throws IOException {
        try (Stream<Path> files = Files.list(folder())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String states() {
        return BENCH.service()
                .value(
                        "select string_agg(file_name || ' ' || state, ', ' order by file_name collate \"C\") from backup");
    }

    private static List<String> files(List<Verdict> verdicts) {
        return verdicts.stream().map(Verdict::file).toList();
    }
}
