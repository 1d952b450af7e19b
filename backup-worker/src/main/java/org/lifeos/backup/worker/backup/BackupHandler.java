package org.lifeos.backup.worker.backup;

import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.BackupRequest;
import org.lifeos.backup.job.BackupResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.job.OutcomeUnknownException;
import org.lifeos.backup.worker.restore.SideDatabaseCleaner;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.Targets;

/** Takes a backup and publishes it. */
public final class BackupHandler implements JobHandler {
    private final Targets targets;
    private final BackupTaker taker;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final FollowUps followUps;
    private final SideDatabaseCleaner sideDatabases;

    public BackupHandler(
            Targets targets,
            BackupTaker taker,
            BackupFolder folder,
            Catalogue catalogue,
            FollowUps followUps,
            SideDatabaseCleaner sideDatabases) {
        this.targets = targets;
        this.taker = taker;
        this.folder = folder;
        this.catalogue = catalogue;
        this.followUps = followUps;
        this.sideDatabases = sideDatabases;
    }

    @Override
    public JobType type() {
        return JobType.POSTGRES_BACKUP;
    }

    @Override
    public void run(Attempt attempt) throws OutcomeUnknownException {
        BackupRequest request = (BackupRequest) attempt.job().request();
        if (adopt(attempt)) {
            return;
        }
        Target target = targets.get(request.targetName());
        try (BackupTaker.Taken taken = taker.take(attempt, request, target)) {
            succeed(attempt, taken.manifest(), taken.files()::publish);
        }
    }

    /** Takes over what an earlier attempt published whole before it could say so. */
    private boolean adopt(Attempt attempt) throws OutcomeUnknownException {
        String file = attempt.job().file();
        if (file == null) {
            return false;
        }
        Optional<BackupManifest> published =
                folder.publishedBy(attempt.jobId(), file, attempt::checkpoint);
        if (published.isEmpty()) {
            attempt.whileHeld(() -> folder.removePublished(attempt.lease(), file));
            return false;
        }
        attempt.log("adopting %s, which an earlier attempt published".formatted(file));
        succeed(attempt, published.get(), () -> {});
        return true;
    }

    private void succeed(Attempt attempt, BackupManifest manifest, Runnable makeVisible)
            throws OutcomeUnknownException {
        attempt.publish(
                () -> {
                    makeVisible.run();
                    return manifest;
                },
                (session, published) -> {
                    catalogue.add(session, published);
                    followUps.record(session, published);
                    return BackupResult.of(published);
                });
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        String file = reaping.job().file();
        sideDatabases.clean(reaping.job());
        reaping.whileHeld(() -> folder.removeUnfinished(reaping.lease(), file));
        return file != null
                && folder.publishedBy(reaping.jobId(), file, reaping::checkpoint).isPresent();
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        folder.removePartials(mayBeAtWork.negate());
    }

    @Override
    public void discard(LeasedJob job) {
        if (mayHaveMadeATrial(job)) {
            sideDatabases.clean(job);
        }
        folder.removeUnfinished(job.lease(), job.file());
        folder.removePublished(job.lease(), job.file());
    }

    /** Others never had a database to look for on a server that may be away. */
    private static boolean mayHaveMadeATrial(LeasedJob job) {
        try {
            return ((BackupRequest) job.request()).verify() == VerificationLevel.RESTORE;
        } catch (ProblemException e) {
            return false;
        }
    }
}
