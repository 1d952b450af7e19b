package org.lifeos.backup.worker.restore;

import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.target.Targets;

/**
 * Removes side databases and sessions of attempts that are over. A server that cannot be reached is
 * cleaned by a later look.
 */
public final class SideDatabaseCleaner {
    private static final Logger LOG = Logger.getLogger(SideDatabaseCleaner.class);
    private static final Duration LEFT_ALONE = Duration.ofDays(2);

    /** Stands for a job where sessions clean up for none in particular. */
    private static final UUID SWEEP = new UUID(0, 0);

    private final Targets targets;
    private final JobQueue queue;

    public SideDatabaseCleaner(Targets targets, JobQueue queue) {
        this.targets = targets;
        this.queue = queue;
    }

    /** Removes what the job's attempts up to its lease's left. */
    public void clean(LeasedJob job) {
        UUID id = job.job().id();
        Target target = targets.byName().get(job.job().target());
        if (target == null) {
            return;
        }
        new TargetServer(target).endSessionsOf(id);
        try {
            new SideDatabases(target, id)
                    .dropThoseOf((owner, attempt) ->
                            owner.equals(id) && attempt <= job.lease().attempt());
        } catch (SQLException e) {
            LOG.warnf("job %s: its side databases stay for now: %s", id, e.getMessage());
        }
    }

    /**
     * Removes what attempts left, whoever ran them, and what swaps replaced long enough ago.
     *
     * @param mayBeAtWork whether this attempt of a job may still be running somewhere
     */
    public void sweep(BiPredicate<UUID, Integer> mayBeAtWork) {
        targets.byName().values().forEach(target -> sweep(target, mayBeAtWork));
    }

    private void sweep(Target target, BiPredicate<UUID, Integer> mayBeAtWork) {
        try {
            new SideDatabases(target, SWEEP)
                    .dropThoseOf((job, attempt) ->
                            !mayBeAtWork.test(job, attempt) && (queue.knows(job) || isOld(job)));
            new DatabaseSwap(target, SWEEP).dropOld();
        } catch (SQLException e) {
            LOG.debugf("databases beside that of %s: %s", target, e.getMessage());
        }
    }

    /**
     * Another service may share the server: a job that is not ours is left alone for longer than
     * any restore takes.
     */
    private boolean isOld(UUID job) {
        return UuidV7.time(job).isBefore(queue.now().minus(LEFT_ALONE));
    }
}
