package org.lifeos.backup.worker.restore;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.json.UuidV7;
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
    private static final Duration LEFT_ALONE = Duration.ofDays(2);

    /** Stands for a job where sessions clean up for none in particular. */
    private static final UUID SWEEP = new UUID(0, 0);

    private final Targets targets;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final JobQueue queue;

    public RestoreHandler(
            Targets targets, BackupFolder folder, Catalogue catalogue, JobQueue queue) {
        this.targets = targets;
        this.folder = folder;
        this.catalogue = catalogue;
        this.queue = queue;
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
            RestoredCopy copy =
                    new RestoredCopy(attempt, target, folder.dump(backup), side)
                            .fill(request.tolerateErrors());
            attempt.phase("publish", request.database());
            publish(attempt, sides, side, result(request, copy));
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        } finally {
            remove(sides, side);
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
                copy.isEqual(),
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

    /** Of an unfinished restore nothing stays; what cannot be removed now, a later look removes. */
    private static void remove(SideDatabases sides, String side) {
        try {
            sides.drop(side);
        } catch (SQLException e) {
            LOG.warnf("the side database %s was not removed: %s", side, e.getMessage());
        }
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        Target target = targets.byName().get(reaping.job().job().target());
        if (target == null) {
            return false;
        }
        new TargetServer(target).endSessionsOf(reaping.jobId());
        SideDatabases sides = new SideDatabases(target, reaping.jobId());
        try {
            sides.dropThoseOf(isUpTo(reaping.lease()));
            return sides.isPublished(databaseOf(reaping.job()));
        } catch (SQLException e) {
            LOG.warnf(
                    "job %s: its side databases stay for now: %s", reaping.jobId(), e.getMessage());
            return false;
        }
    }

    private static BiPredicate<UUID, Integer> isUpTo(Lease lease) {
        return (job, attempt) -> job.equals(lease.jobId()) && attempt <= lease.attempt();
    }

    private static String databaseOf(LeasedJob job) {
        return ((RestoreRequest) job.request()).database();
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        for (Target target : targets.byName().values()) {
            try {
                new SideDatabases(target, SWEEP)
                        .dropThoseOf((job, attempt) ->
                                !mayBeAtWork.test(job, attempt)
                                        && (queue.knows(job) || isOld(job)));
            } catch (SQLException e) {
                LOG.debugf("side databases on %s: %s", target, e.getMessage());
            }
        }
    }

    /**
     * Another service may share the server: a job that is not ours is left alone for longer than
     * any restore takes.
     */
    private boolean isOld(UUID job) {
        return UuidV7.time(job).isBefore(queue.now().minus(LEFT_ALONE));
    }

    @Override
    public void discard(LeasedJob job) {
        Target target = targets.byName().get(job.job().target());
        if (target == null) {
            return;
        }
        SideDatabases sides = new SideDatabases(target, job.job().id());
        try {
            sides.dropThoseOf(isUpTo(job.lease()));
            sides.dropPublished(databaseOf(job));
        } catch (SQLException | ProblemException e) {
            LOG.warnf("job %s: its databases stay for now: %s", job.job().id(), e.getMessage());
        }
    }
}
