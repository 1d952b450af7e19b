package org.lifeos.backup.worker.verification;

import java.util.List;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.Verification.Outcome;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.VerificationRequest;
import org.lifeos.backup.job.VerificationResult;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.job.PartialResultException;
import org.lifeos.backup.worker.restore.DisprovedException;
import org.lifeos.backup.worker.restore.DumpProof;
import org.lifeos.backup.worker.restore.SideDatabaseCleaner;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.target.Targets;

/**
 * Proves a stored backup, and notes the outcome in its manifest and in the catalogue. One that
 * fails becomes CORRUPT and is never the latest; it is AVAILABLE again when a proof holds that is
 * at least as strong as the one that failed.
 */
public final class VerificationHandler implements JobHandler {
    private static final Logger LOG = Logger.getLogger(VerificationHandler.class);

    private final Targets targets;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final JobQueue queue;
    private final SideDatabaseCleaner sideDatabases;
    private final long largestScratchBytes;

    /**
     * @param largestScratchBytes no trial restore of a larger database
     */
    public VerificationHandler(
            Targets targets,
            BackupFolder folder,
            Catalogue catalogue,
            JobQueue queue,
            SideDatabaseCleaner sideDatabases,
            long largestScratchBytes) {
        this.targets = targets;
        this.folder = folder;
        this.catalogue = catalogue;
        this.queue = queue;
        this.sideDatabases = sideDatabases;
        this.largestScratchBytes = largestScratchBytes;
    }

    @Override
    public JobType type() {
        return JobType.BACKUP_VERIFICATION;
    }

    @Override
    public void run(Attempt attempt) {
        VerificationRequest request = (VerificationRequest) attempt.job().request();
        Backup backup = backup(request);
        DumpProof proof =
                new DumpProof(
                        attempt,
                        targets.get(backup.target()),
                        folder.dump(backup),
                        folder.manifestOf(backup.file().name()),
                        largestScratchBytes);
        try {
            int tables = proof.require(request.level());
            Verification passed = new Verification(request.level(), Outcome.PASSED, queue.now());
            attempt.succeed(session -> {
                note(session, attempt, backup.id(), passed);
                return result(request.level(), backup, tables, List.of());
            });
        } catch (DisprovedException e) {
            Verification failed = new Verification(e.level(), Outcome.FAILED, queue.now());
            attempt.step(session -> note(session, attempt, backup.id(), failed));
            throw new PartialResultException(
                    e.problem(ProblemCode.BACKUP_CORRUPT),
                    result(request.level(), backup, 0, e.differences()));
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.BACKUP_FILE_MISSING) {
                attempt.step(session -> {
                    catalogue.lock(session, backup.id());
                    catalogue.missing(session, backup.id());
                    return true;
                });
            }
            throw e;
        }
    }

    private Backup backup(VerificationRequest request) {
        if (request.backupId() == null) {
            return catalogue
                    .latest(request.targetName())
                    .orElseThrow(() ->
                            new ProblemException(
                                    ProblemCode.NOT_FOUND,
                                    "There is no good backup of target '%s'."
                                            .formatted(request.targetName())));
        }
        return catalogue
                .find(request.backupId())
                .filter(found -> found.state() != BackupState.EXPIRED)
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.BACKUP_FILE_MISSING,
                                "Backup %s was removed.".formatted(request.backupId())));
    }

    private static JobResult result(
            VerificationLevel level, Backup backup, int tables, List<String> differences) {
        return new VerificationResult(
                backup.id(), backup.file().name(), level, tables, differences);
    }

    private Verification note(Session session, Attempt attempt, UUID id, Verification now) {
        Backup backup = catalogue.lock(session, id).orElseThrow();
        if (backup.state() == BackupState.EXPIRED) {
            return now;
        }
        Verification kept = stronger(backup.verification(), now);
        BackupState state =
                kept.outcome() == Outcome.PASSED ? BackupState.AVAILABLE : BackupState.CORRUPT;
        catalogue.verified(session, id, state, kept);
        try {
            folder.rewriteManifest(
                    backup.file().name(), attempt.lease(), manifest -> manifest.verified(kept));
        } catch (ProblemException e) {
            LOG.warnf(
                    "the outcome for %s is in the catalogue alone: %s",
                    backup.file().name(), e.detail());
        }
        return kept;
    }

    /** A weaker proof that holds takes back neither a stronger one nor the finding of one. */
    private static Verification stronger(Verification before, Verification now) {
        boolean isWeaker =
                before != null
                        && now.outcome() == Outcome.PASSED
                        && before.level().compareTo(now.level()) > 0;
        return isWeaker ? before : now;
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        sideDatabases.clean(reaping.job());
        reaping.whileHeld(() -> folder.removeUnfinished(reaping.lease(), null));
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        // side databases are one server's, and the restore's handler looks after them all
    }

    @Override
    public void discard(LeasedJob job) {
        sideDatabases.clean(job);
        folder.removeUnfinished(job.lease(), null);
    }
}
