package org.lifeos.backup.api.schedule;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.context.ApplicationScoped;
import org.jboss.logging.Logger;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.SqlFailure;

/** Looks every few seconds, in every instance, whether a schedule is due. */
@ApplicationScoped
public class ScheduleClock {
    private static final Logger LOG = Logger.getLogger(ScheduleClock.class);

    private final Schedules schedules;
    private final FireDueSchedules fire;

    ScheduleClock(Database database, Jobs jobs, SchedulableJobs schedulable, ApiSettings settings) {
        this.schedules = new Schedules(database);
        this.fire =
                new FireDueSchedules(
                        database,
                        schedules,
                        jobs,
                        schedule -> schedulable.work(schedule.type(), schedule.parameters()),
                        settings.zone());
    }

    @Scheduled(every = "5s", concurrentExecution = ConcurrentExecution.SKIP)
    @RunOnVirtualThread
    void tick() {
        try {
            fire.run();
        } catch (SqlFailure e) {
            // nothing is lost: what is due now is still due then
            LOG.debugf("schedules are looked at again in a moment: %s", e.getMessage());
        }
    }

    @Scheduled(every = "1h", delayed = "10m")
    @RunOnVirtualThread
    void forget() {
        try {
            schedules.forgetOldRuns();
        } catch (SqlFailure e) {
            LOG.debugf("old runs stay for another hour: %s", e.getMessage());
        }
    }
}
