package org.lifeos.backup.worker.restore;

import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.worker.WorkerSettings;

/**
 * Looks every minute for databases whose time is over: side databases of attempts that could not
 * remove them, and those that a restore replaced a day ago.
 */
@ApplicationScoped
public class SideDatabaseSweep {
    private static final Logger LOG = Logger.getLogger(SideDatabaseSweep.class);

    private final SideDatabaseCleaner cleaner;
    private final JobQueue queue;

    SideDatabaseSweep(WorkerSettings settings, JobQueue queue) {
        this.cleaner = new SideDatabaseCleaner(settings.targets(), queue);
        this.queue = queue;
    }

    @Scheduled(
            every = "1m",
            delayed = "30s",
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void look() {
        try {
            cleaner.sweep(queue::mayBeAtWork);
        } catch (SqlFailure e) {
            LOG.debugf("the queue does not answer: %s", e.getMessage());
        }
    }
}
