package org.lifeos.backup.worker.restore;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.job.OutcomeUnknownException;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.target.Targets;

/**
 * Restores a backup beside the target's database: the dump fills a side database, what came back is
 * read again and compared, and only then the side database gets the name that was asked for.
 */
public final class RestoreHandler implements JobHandler {
    private static final Logger LOG = Logger.getLogger(RestoreHandler.class);

    private final Targets targets;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final SideDatabaseCleaner sideDatabases;

    public RestoreHandler(
            Targets targets,
            BackupFolder folder,
            Catalogue catalogue,
            SideDatabaseCleaner sideDatabases) {
        this.targets = targets;
        this.folder = folder;
        this.catalogue = catalogue;
        this.sideDatabases = sideDatabases;
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
        SideDatabases sides = new SideDatabases(target, attempt.jobId());
        String side = SideDatabases.nameFor(attempt.lease());
        try {
            if (sides.isPublished(request.database())) {
                adopt(attempt, request, backup);
                return;
            }
            attempt.phase("preflight", target.toString());
            sides.requireFree(request.database());
            try (RestoredCopy copy =
                    RestoredCopy.kept(
                            attempt,
                            target,
                            folder.dump(backup),
                            folder.manifestOf(backup.file().name()),
                            side,
                            request.tolerateErrors())) {
                copy.fill();
                if (!request.tolerateErrors() && !copy.differences().isEmpty()) {
                    throw new DisprovedException(VerificationLevel.RESTORE, copy.differences())
                            .problem(ProblemCode.RESTORE_DIFFERS);
                }
                attempt.phase("publish", request.database());
                publish(attempt, sides, side, result(request, copy));
            }
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
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

    private static RestoreResult result(RestoreRequest request, RestoredCopy copy) {
        List<TableContent> tables = copy.content().tables();
        return new RestoreResult(
                request.database(),
                null,
                null,
                null,
                tables.size(),
                tables.stream().mapToLong(TableContent::rows).sum(),
                copy.errors().isEmpty(),
                copy.createdRoles(),
                copy.errors());
    }

    /** An earlier attempt gave the database its name, and could not say so. */
    private static void adopt(Attempt attempt, RestoreRequest request, Backup backup) {
        attempt.log("%s is there: an earlier attempt finished it".formatted(request.database()));
        attempt.succeed(_ ->
                new RestoreResult(
                        request.database(),
                        null,
                        null,
                        null,
                        backup.tables(),
                        backup.rows(),
                        !request.tolerateErrors(),
                        List.of(),
                        List.of()));
    }

    private static void publish(
            Attempt attempt, SideDatabases sides, String side, RestoreResult result)
            throws OutcomeUnknownException {
        boolean[] visible = {false};
        try {
            attempt.succeed(_ -> {
                sides.publish(side, result.database());
                visible[0] = true;
                return result;
            });
        } catch (SqlFailure e) {
            if (visible[0] && e.isUnavailable()) {
                throw new OutcomeUnknownException(e);
            }
            throw e;
        }
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        sideDatabases.clean(reaping.job());
        try {
            return isPublished(reaping.job());
        } catch (SQLException e) {
            // the next attempt asks again, before it does anything
            LOG.warnf("job %s: %s", reaping.jobId(), e.getMessage());
            return false;
        }
    }

    private boolean isPublished(LeasedJob job) throws SQLException {
        Target target = targets.byName().get(job.job().target());
        return target != null
                && new SideDatabases(target, job.job().id()).isPublished(databaseOf(job));
    }

    private static String databaseOf(LeasedJob job) {
        return ((RestoreRequest) job.request()).database();
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        sideDatabases.sweep(mayBeAtWork);
    }

    @Override
    public void discard(LeasedJob job) {
        sideDatabases.clean(job);
        try {
            if (isPublished(job)) {
                new SideDatabases(targets.get(job.job().target()), job.job().id())
                        .drop(databaseOf(job));
            }
        } catch (SQLException | ProblemException e) {
            LOG.warnf("job %s: its database stays for now: %s", job.job().id(), e.getMessage());
        }
    }
}
