package org.lifeos.backup.worker.restore;

import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.worker.WorkerSettings;
import org.lifeos.backup.worker.target.Target;

/**
 * Looks every minute for databases whose time is over: side databases of attempts that could not
 * remove them, and those that a restore replaced a day ago.
 */
@ApplicationScoped
public class SideDatabaseSweep {
    private static final Logger LOG = Logger.getLogger(SideDatabaseSweep.class);

    private final WorkerSettings settings;
    private final JobQueue queue;
    private final UUID session = UUID.randomUUID();

    SideDatabaseSweep(WorkerSettings settings, JobQueue queue) {
        this.settings = settings;
        this.queue = queue;
    }

    @Scheduled(
            every = "1m",
            delayed = "30s",
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void look() {
        try {
            new SideDatabaseCleaner(settings.targets(), queue).sweep(queue::mayBeAtWork);
        } catch (SqlFailure e) {
            LOG.debugf("the queue does not answer: %s", e.getMessage());
        }
        settings.targets().byName().values().forEach(this::dropOld);
    }

    private void dropOld(Target target) {
        try {
            new DatabaseSwap(target, session).dropOld(Optional.empty());
        } catch (SQLException e) {
            LOG.debugf("replaced databases on %s: %s", target, e.getMessage());
        }
    }
}
