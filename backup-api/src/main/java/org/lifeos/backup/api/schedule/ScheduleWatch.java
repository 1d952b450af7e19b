package org.lifeos.backup.api.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.sql.Row;
import org.lifeos.backup.sql.Session;

/** How the schedules keep their times: what was missed, and how their last runs ended. */
public final class ScheduleWatch {
    /** A run that is not later than this is under way. */
    private static final Duration PUNCTUAL = Duration.ofMinutes(2);

    /** So many times ahead tell how far apart they are at most. */
    private static final int TIMES_AHEAD = 8;

    private ScheduleWatch() {}

    /**
     * A schedule as it keeps its time.
     *
     * @param parameters the body of the job's own POST
     * @param expectedInterval the longest time between two of its next runs; empty while it is
     *     disabled or cannot be read
     * @param missedAt a due time that nobody answered, or null
     * @param problem why its last due time started no job, or its times cannot be told, or null
     * @param lastEnd how its last finished job ended, or null
     * @param lastSuccessAt when a job of it last succeeded, or null
     */
    public record Kept(
            String name,
            String type,
            JsonNode parameters,
            boolean enabled,
            Optional<Duration> expectedInterval,
            Instant missedAt,
            String problem,
            End lastEnd,
            Instant lastSuccessAt) {}

    /** How a job ended. {@code code} is the failure's, or null. */
    public record End(JobState state, String code, String detail, Instant at) {}

    /** All schedules by name. */
    public static List<Kept> of(Session session, ZoneId zone, Instant now) {
        return session.list(
                """
                select schedule.*, run.problem, success.finished_at as success_at, ended.state as end_state,
                       ended.failure ->> 'code' as end_code, ended.failure ->> 'detail' as end_detail,
                       ended.finished_at as end_at
                from schedule
                left join schedule_run run on run.schedule = schedule.name and run.due_at = schedule.last_due_at
                left join lateral (
                    select finished_at from job
                    where job.type = schedule.type and requested_by = 'schedule:' || name and state = 'SUCCEEDED'
                    order by position desc limit 1) success on true
                left join lateral (
                    select state, failure, finished_at from job
                    where job.type = schedule.type and requested_by = 'schedule:' || name and finished_at is not null
                    order by position desc limit 1) ended on true
                order by schedule.name
                """,
                row -> kept(row, zone, now));
    }

    private static Kept kept(Row row, ZoneId zone, Instant now) throws java.sql.SQLException {
        Schedule schedule = Schedules.row(row);
        Instant missed = null;
        Optional<Duration> interval = Optional.empty();
        String problem = row.text("problem");
        try {
            missed = schedule.missed(zone, now.minus(PUNCTUAL)).orElse(null);
            interval = schedule.longestInterval(zone, now, TIMES_AHEAD);
        } catch (DateTimeException | IllegalArgumentException e) {
            problem = "its times cannot be told: " + e.getMessage();
        }
        End end =
                row.text("end_state") == null
                        ? null
                        : new End(
                                JobState.valueOf(row.text("end_state")),
                                row.text("end_code"),
                                row.text("end_detail"),
                                row.instant("end_at"));
        return new Kept(
                schedule.name(),
                schedule.type(),
                schedule.parameters(),
                schedule.enabled(),
                interval,
                missed,
                problem,
                end,
                row.instant("success_at"));
    }
}
