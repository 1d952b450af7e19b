package org.lifeos.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.BackupDeletionRequest;
import org.lifeos.backup.job.JobRequest;
import org.lifeos.backup.job.ManifestUpdateRequest;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.testing.SampleManifest;

class RemovalTest {
    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final Catalogue catalogue = new Catalogue(BENCH.database());

    @BeforeEach
    void emptyCatalogue() {
        BENCH.service().clear();
    }

    @Test
    void pinnedBackupStays() {
        add(BackupKind.MANUAL);
        UUID pinned = add(BackupKind.MANUAL);
        BENCH.database().update("update backup set pinned = true where id = ?", pinned);

        assertThat(refusal(pinned)).isEqualTo(ProblemCode.PINNED);
    }

    @Test
    void lastGoodBackupOfATargetStays() {
        UUID good = add(BackupKind.MANUAL);
        UUID safety = add(BackupKind.SAFETY);
        UUID corrupt = add(BackupKind.MANUAL);
        BENCH.database().update("update backup set state = 'CORRUPT' where id = ?", corrupt);

        assertThat(refusal(good)).isEqualTo(ProblemCode.LAST_GOOD_BACKUP);
        assertThatCode(() -> expire(safety)).doesNotThrowAnyException();
        assertThatCode(() -> expire(corrupt)).doesNotThrowAnyException();

        add(BackupKind.SCHEDULED);
        assertThatCode(() -> expire(good)).doesNotThrowAnyException();
    }

    @Test
    void backupThatAnotherJobNeedsStays() {
        add(BackupKind.MANUAL);
        UUID needed = add(BackupKind.MANUAL);
        submit(new ManifestUpdateRequest(needed, "lifeos"));
        UUID user = submit(new BackupDeletionRequest(needed, "lifeos"));

        assertThat(refusal(needed)).isEqualTo(ProblemCode.IN_USE);
        assertThatCode(() -> expire(needed, user)).as("its own job").doesNotThrowAnyException();
    }

    @Test
    void ofTwoGoodBackupsRemovedAtOnceOneStays() throws Exception {
        for (int round = 0; round < 10; round++) {
            BENCH.service().clear();
            List<UUID> both = List.of(add(BackupKind.MANUAL), add(BackupKind.MANUAL));
            CyclicBarrier together = new CyclicBarrier(2);
            List<Future<ProblemCode>> answers = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                for (UUID id : both) {
                    answers.add(
                            threads.submit(() -> {
                                together.await(10, TimeUnit.SECONDS);
                                return refusal(id);
                            }));
                }
            }

            List<ProblemCode> refusals = new ArrayList<>();
            for (Future<ProblemCode> answer : answers) {
                refusals.add(answer.get());
            }
            assertThat(refusals)
                    .as("round %d", round)
                    .containsExactlyInAnyOrder(null, ProblemCode.LAST_GOOD_BACKUP);
        }
    }

    private static UUID add(BackupKind kind) {
        UUID jobId = UUID.randomUUID();
        BackupManifest manifest =
                SampleManifest.of(
                                jobId,
                                "lifeos",
                                kind,
                                new DumpFile(jobId + ".sql.gz", 1, "ab"),
                                Instant.parse("2026-01-31T12:00:00Z"))
                        .described(false, null);
        BENCH.database()
                .inTransaction(session -> {
                    new Catalogue(BENCH.database()).add(session, manifest);
                    return null;
                });
        return manifest.backupId();
    }

    private static UUID submit(JobRequest request) {
        Submission submission = new Submission(UUID.randomUUID(), request, "ci-token", null);
        return BENCH.database()
                .inTransaction(session -> BENCH.jobs().submit(session, submission))
                .id();
    }

    /** Why it may not go, or null when it is gone. */
    private ProblemCode refusal(UUID id) {
        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> expire(id));
        return refused == null ? null : refused.code();
    }

    private void expire(UUID id) {
        expire(id, null);
    }

    private void expire(UUID id, UUID byJob) {
        BENCH.database()
                .inTransaction(session -> {
                    Backup backup = catalogue.lock(session, id).orElseThrow();
                    catalogue.requireRemovable(session, backup, byJob);
                    catalogue.expire(session, id);
                    return null;
                });
    }
}
