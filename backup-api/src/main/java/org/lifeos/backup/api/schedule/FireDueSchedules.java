package org.lifeos.backup.api.schedule;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.sql.SqlFailure;

/**
 * Starts the jobs of all schedules that are due by PostgreSQL's clock. Any number of instances may
 * do it at once: due time and job are one transaction, and a due time is unique. Times that were
 * missed while nobody looked are made up for by one run.
 */
final class FireDueSchedules {
    private static final Logger LOG = Logger.getLogger(FireDueSchedules.class);

    private final Database database;
    private final Schedules schedules;
    private final Jobs jobs;
    private final Function<Schedule, ScheduledWork> work;
    private final ZoneId zone;

    /**
     * @param work what a schedule starts; throws a {@link ProblemException} when its parameters are
     *     not valid any more
     * @param zone of schedules that have none of their own
     */
    FireDueSchedules(
            Database database,
            Schedules schedules,
            Jobs jobs,
            Function<Schedule, ScheduledWork> work,
            ZoneId zone) {
        this.database = database;
        this.schedules = schedules;
        this.jobs = jobs;
        this.work = work;
        this.zone = zone;
    }

    /** Looks once at all schedules; what fails for one is no reason to leave the others. */
    void run() {
        Instant now = schedules.now();
        for (Schedule schedule : schedules.list()) {
            try {
                if (schedule.due(zone, now).isPresent()) {
                    database.inTransaction(session -> fire(session, schedule.name()));
                }
            } catch (RuntimeException e) {
                if (e instanceof SqlFailure failure && failure.isUnavailable()) {
                    throw e;
                }
                LOG.errorf(e, "schedule %s was not fired", schedule.name());
            }
        }
    }

    /** Looks again under the lock: another instance may have been faster, somebody changed it. */
    private boolean fire(Session session, String name) {
        Optional<Schedule> locked = Schedules.lock(session, name);
        Optional<Instant> due = locked.flatMap(it -> it.due(zone, Schedules.now(session)));
        return due.isPresent() && fire(session, locked.get(), due.get());
    }

    private boolean fire(Session session, Schedule schedule, Instant due) {
        String name = schedule.name();
        if (Schedules.lastStillWaits(session, schedule)) {
            LOG.infof(
                    "schedule %s, due at %s: job %s still waits and stands for it",
                    name, due, schedule.lastJobId());
            return claim(session, name, due, schedule.lastJobId(), null);
        }
        ScheduledWork wanted;
        try {
            wanted = work.apply(schedule);
        } catch (ProblemException e) {
            LOG.warnf("schedule %s, due at %s, cannot be run: %s", name, due, e.detail());
            return claim(session, name, due, null, e.detail());
        }
        UUID id = UuidV7.next(InstantSource.system());
        if (!claim(session, name, due, id, null)) {
            return false;
        }
        Schedules.started(session, name, id);
        jobs.submit(
                session, new Submission(id, wanted.request(), "schedule:" + name, wanted.reason()));
        LOG.infof("schedule %s, due at %s: job %s", name, due, id);
        return true;
    }

    private static boolean claim(
            Session session, String name, Instant due, UUID jobId, String problem) {
        boolean ours = Schedules.claim(session, name, due, jobId, problem);
        Schedules.fired(session, name, due);
        return ours;
    }
}
