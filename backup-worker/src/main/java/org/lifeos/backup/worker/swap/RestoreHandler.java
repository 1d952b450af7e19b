package org.lifeos.backup.worker.swap;

import java.sql.SQLException;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.RestoreMode;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.backup.BackupTaker;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.job.OutcomeUnknownException;
import org.lifeos.backup.worker.restore.DatabaseSwap;
import org.lifeos.backup.worker.restore.DisprovedException;
import org.lifeos.backup.worker.restore.RestoredCopy;
import org.lifeos.backup.worker.restore.SideDatabaseCleaner;
import org.lifeos.backup.worker.restore.SideDatabases;
import org.lifeos.backup.worker.restore.SwapUnansweredException;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.target.Targets;

/**
 * Restores a backup. The dump fills a side database, what came back is read again and compared, and
 * only then the side database gets its name: a new one, or that of the target's own database, which
 * is kept under another name for a while.
 */
public final class RestoreHandler implements JobHandler {
    private static final Logger LOG = Logger.getLogger(RestoreHandler.class);

    private final Targets targets;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final SideDatabaseCleaner sideDatabases;
    private final SafetyBackup safety;
    private final long largestScratchBytes;

    /**
     * @param largestScratchBytes no swap of a larger database
     */
    public RestoreHandler(
            Targets targets,
            BackupFolder folder,
            Catalogue catalogue,
            SideDatabaseCleaner sideDatabases,
            BackupTaker taker,
            long largestScratchBytes) {
        this.targets = targets;
        this.folder = folder;
        this.catalogue = catalogue;
        this.sideDatabases = sideDatabases;
        this.safety = new SafetyBackup(taker, folder, catalogue);
        this.largestScratchBytes = largestScratchBytes;
    }

    @Override
    public JobType type() {
        return JobType.POSTGRES_RESTORE;
    }

    @Override
    public void run(Attempt attempt) throws OutcomeUnknownException {
        RestoreRequest request = (RestoreRequest) attempt.job().request();
        Target target = targets.get(request.targetName());
        Backup backup = backup(request.backupId());
        Destination destination = destination(attempt);
        String side = SideDatabases.nameFor(attempt.lease());
        try {
            if (destination.isReached()) {
                attempt.log("an earlier attempt restored %s".formatted(request.database()));
                attempt.finish(destination.adopted());
                return;
            }
            attempt.phase("preflight", target.toString());
            destination.preflight();
            try (RestoredCopy copy =
                    RestoredCopy.kept(
                            attempt,
                            target,
                            folder.dump(backup),
                            folder.manifestOf(backup.file().name()),
                            side,
                            request.tolerateErrors())) {
                if (isProven(backup)) {
                    copy.proven();
                }
                copy.inspect();
                destination.beforeRestore();
                copy.fill();
                if (!request.tolerateErrors() && !copy.differences().isEmpty()) {
                    throw new DisprovedException(VerificationLevel.RESTORE, copy.differences())
                            .problem(ProblemCode.RESTORE_DIFFERS);
                }
                destination.prepare(side);
                attempt.phase("publish", request.database());
                attempt.publish(() -> destination.publish(side, copy), (_, result) -> result);
            }
        } catch (SwapUnansweredException e) {
            throw new OutcomeUnknownException(e.getMessage(), e);
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
    }

    private static boolean isProven(Backup backup) {
        Verification verification = backup.verification();
        return backup.state() == BackupState.AVAILABLE
                && verification != null
                && verification.outcome() == Verification.Outcome.PASSED
                && verification.level().compareTo(VerificationLevel.CONTENT) >= 0;
    }

    private Destination destination(Attempt attempt) {
        RestoreRequest request = (RestoreRequest) attempt.job().request();
        Target target = targets.get(request.targetName());
        Backup backup = backup(request.backupId());
        return request.mode() == RestoreMode.SWAP
                ? new SwappedDatabase(attempt, target, backup, request, safety, largestScratchBytes)
                : new NewDatabase(attempt.jobId(), target, backup, request);
    }

    private Backup backup(UUID id) {
        return catalogue
                .find(id)
                .filter(found -> found.state() != BackupState.EXPIRED)
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.BACKUP_FILE_MISSING,
                                "Backup %s was removed.".formatted(id)));
    }

    /**
     * What is out in the world already is said, even if somebody asked for the job's end. Only the
     * target's server knows: while it does not answer, the job neither goes on nor ends.
     */
    @Override
    public boolean cleanUp(Attempt reaping) throws OutcomeUnknownException {
        try {
            Destination destination = destination(reaping);
            boolean isReached = destination.isReached();
            sideDatabases.clean(reaping.job());
            safety.cleanUp(reaping);
            if (isReached) {
                reaping.finish(destination.adopted());
            }
            return false;
        } catch (SQLException e) {
            throw new OutcomeUnknownException(
                    "whether the restore has come about is not known: " + e.getMessage(), e);
        }
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        sideDatabases.sweep(mayBeAtWork);
    }

    /**
     * @throws IllegalStateException when the restored database is swapped in already: the job then
     *     stays as it is, and whoever reaps it says that it succeeded
     */
    @Override
    public void discard(LeasedJob job) {
        sideDatabases.clean(job);
        try {
            RestoreRequest request = (RestoreRequest) job.request();
            requireNotSwapped(job.job().id(), request);
            safety.discard(job);
            discardNewDatabase(job.job().id(), request);
        } catch (SQLException | ProblemException e) {
            // a safety backup too many is better than one too few
            LOG.warnf("job %s: what it made stays for now: %s", job.job().id(), e.getMessage());
        }
    }

    private void requireNotSwapped(UUID jobId, RestoreRequest request) throws SQLException {
        Target target = targets.get(request.targetName());
        if (request.mode() == RestoreMode.SWAP && new DatabaseSwap(target, jobId).isDone()) {
            throw new IllegalStateException(
                    "%s holds what job %s restored".formatted(target, jobId));
        }
    }

    /** What was swapped in is never taken back: clients may have written to it already. */
    private void discardNewDatabase(UUID jobId, RestoreRequest request) throws SQLException {
        if (request.mode() == RestoreMode.NEW_DATABASE) {
            SideDatabases databases = new SideDatabases(targets.get(request.targetName()), jobId);
            if (databases.isPublished(request.database())) {
                databases.drop(request.database());
            }
        }
    }
}
