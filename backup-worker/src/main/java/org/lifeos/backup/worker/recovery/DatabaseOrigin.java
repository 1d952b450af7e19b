package org.lifeos.backup.worker.recovery;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.RecoveryChoice;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.RestoreMode;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.target.TargetNames;

/** Which backup the default target's database is to be looked at beside. */
final class DatabaseOrigin {
    private static final int LOOKED_THROUGH = 100;

    private final Catalogue catalogue;
    private final Jobs jobs;

    DatabaseOrigin(RecoveryParts parts) {
        this.catalogue = parts.catalogue();
        this.jobs = new Jobs(parts.database());
    }

    /**
     * The newest with tables; or the one that was restored in the database's place since that was
     * taken, with those that a recovery has passed over for it: what people restored, they have
     * chosen. Empty where there is no good backup.
     */
    Optional<RecoveryChoice<Backup>> find() {
        List<Backup> recoverable = catalogue.recoverable(TargetNames.DEFAULT);
        Optional<Backup> newest =
                recoverable.stream()
                        .filter(backup -> backup.tables() > 0)
                        .findFirst()
                        .or(() -> recoverable.stream().findFirst());
        return lastSwap()
                .filter(swap ->
                        newest.map(Backup::snapshotAt)
                                .filter(taken -> taken.isAfter(swap.finishedAt()))
                                .isEmpty())
                .flatMap(swap -> backupOf(swap).map(backup -> choice(swap, backup)))
                .or(() -> newest.map(backup -> new RecoveryChoice<>(backup, List.of())));
    }

    private RecoveryChoice<Backup> choice(Job swap, Backup backup) {
        return ChildJobs.isOfARecovery(swap)
                ? passingOver(backup, swap.createdAt())
                : new RecoveryChoice<>(backup, List.of());
    }

    /**
     * A backup that a recovery brings back, with those that it has passed over.
     *
     * @param before when; what was taken later may be of what came back
     */
    RecoveryChoice<Backup> passingOver(Backup backup, Instant before) {
        return new RecoveryChoice<>(
                backup,
                catalogue.recoverable(TargetNames.DEFAULT).stream()
                        .filter(other -> other.tables() > 0)
                        .filter(other -> other.snapshotAt().isAfter(backup.snapshotAt()))
                        .filter(other -> other.snapshotAt().isBefore(before))
                        .toList());
    }

    /** Unless it was rolled back since. */
    private Optional<Job> lastSwap() {
        Optional<Job> rollback = succeeded(JobType.POSTGRES_ROLLBACK).stream().findFirst();
        return succeeded(JobType.POSTGRES_RESTORE).stream()
                .filter(job -> request(job.id()).mode() == RestoreMode.SWAP)
                .findFirst()
                .filter(swap ->
                        rollback.filter(later -> later.finishedAt().isAfter(swap.finishedAt()))
                                .isEmpty());
    }

    private List<Job> succeeded(JobType type) {
        return jobs
                .list(
                        new Jobs.Query(
                                type,
                                JobState.SUCCEEDED,
                                TargetNames.DEFAULT,
                                null,
                                LOOKED_THROUGH))
                .stream()
                .map(Jobs.Positioned::job)
                .toList();
    }

    private Optional<Backup> backupOf(Job swap) {
        return catalogue
                .find(request(swap.id()).backupId())
                .filter(backup -> backup.state() == BackupState.AVAILABLE);
    }

    private RestoreRequest request(UUID id) {
        return jobs.requestOf(id).map(RestoreRequest.class::cast).orElseThrow();
    }
}
