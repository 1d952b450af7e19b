package org.lifeos.backup.worker.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.testing.SampleManifest;

class FollowUpsTest {
    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final FollowUps followUps =
            new FollowUps(
                    BENCH.jobs(),
                    InstantSource.system(),
                    List.of(
                            FollowUps::retention,
                            manifest ->
                                    Optional.of(
                                            QueueBench.backupOf("next-of-" + manifest.target()))));

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void scheduledBackupIsFollowedByRetentionOfItsTarget() {
        BackupManifest manifest = manifest(BackupKind.SCHEDULED);
        record(manifest);

        assertThat(jobs())
                .extracting(Job::type, Job::target, Job::requestedBy)
                .containsExactly(
                        tuple(JobType.POSTGRES_BACKUP, "next-of-app", "after:" + manifest.jobId()),
                        tuple(JobType.RETENTION, "app", "after:" + manifest.jobId()));
    }

    @Test
    void otherBackupsAreNot() {
        record(manifest(BackupKind.MANUAL));
        record(manifest(BackupKind.SAFETY));

        assertThat(jobs()).extracting(Job::type).doesNotContain(JobType.RETENTION).hasSize(2);
    }

    @Test
    void publishThatRollsBackIsFollowedByNothing() {
        assertThatThrownBy(() ->
                        BENCH.database()
                                .inTransaction(session -> {
                                    followUps.record(session, manifest(BackupKind.SCHEDULED));
                                    throw new IllegalStateException("the disk is full");
                                }))
                .hasMessage("the disk is full");

        assertThat(jobs()).isEmpty();
    }

    private void record(BackupManifest manifest) {
        BENCH.database()
                .inTransaction(session -> {
                    followUps.record(session, manifest);
                    return null;
                });
    }

    private static BackupManifest manifest(BackupKind kind) {
        return SampleManifest.of(
                UUID.randomUUID(),
                "app",
                kind,
                new DumpFile("f.sql.gz", 1, "ab"),
                Instant.parse("2026-01-31T12:00:00Z"));
    }

    private static List<Job> jobs() {
        return BENCH.jobs().list(new Jobs.Query(null, null, null, null, 10)).stream()
                .map(Jobs.Positioned::job)
                .toList();
    }
}
