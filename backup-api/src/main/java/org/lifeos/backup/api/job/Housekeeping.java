package org.lifeos.backup.api.job;

import io.quarkus.scheduler.Scheduled;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.context.ApplicationScoped;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.sql.SqlFailure;

/** Forgets what is kept for a time only. Any number of instances may do it. */
@ApplicationScoped
public class Housekeeping {
    private static final Logger LOG = Logger.getLogger(Housekeeping.class);

    private final Jobs jobs;

    Housekeeping(Jobs jobs) {
        this.jobs = jobs;
    }

    @Scheduled(every = "1h", delayed = "10m")
    @RunOnVirtualThread
    void forget() {
        try {
            jobs.forgetOldKeys();
        } catch (SqlFailure e) {
            LOG.debugf("old idempotency keys stay for another hour: %s", e.getMessage());
        }
    }
}
