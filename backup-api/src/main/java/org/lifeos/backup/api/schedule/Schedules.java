package org.lifeos.backup.api.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Row;
import org.lifeos.backup.sql.Session;

/** The schedules as they are stored, and what has been fired. */
final class Schedules {
    private static final String COLUMNS =
            """
            name, cron, zone, type, parameters, enabled, catch_up_seconds, created_at, effective_from, last_due_at, \
            last_fire_at, last_job_id\
            """;

    private static final Duration RUNS_ARE_KEPT = Duration.ofDays(90);

    private final Database database;

    Schedules(Database database) {
        this.database = database;
    }

    /** All of them by name. */
    List<Schedule> list() {
        return database.list("select " + COLUMNS + " from schedule order by name", Schedules::row);
    }

    Optional<Schedule> find(String name) {
        return database.first(
                "select " + COLUMNS + " from schedule where name = ?", Schedules::row, name);
    }

    /** The clock that all instances share. */
    Instant now() {
        return database.first("select now() as now", row -> row.instant("now")).orElseThrow();
    }

    static Instant now(Session session) {
        return session.first("select now() as now", row -> row.instant("now")).orElseThrow();
    }

    /** What a caller sets of a schedule; a null zone is the service's. */
    record Change(
            String cron,
            String zone,
            String type,
            JsonNode parameters,
            boolean enabled,
            int catchUpSeconds) {}

    /**
     * Makes a schedule, or replaces it. What was due before the change of its time is not missed.
     *
     * @return whether it is new
     */
    static boolean put(Session session, String name, Change change) {
        return session.first(
                        """
                        insert into schedule (name, cron, zone, type, parameters, enabled, catch_up_seconds)
                        values (?, ?, ?, ?, ?::jsonb, ?, ?)
                        on conflict (name) do update
                        set cron = excluded.cron, zone = excluded.zone, type = excluded.type, parameters = excluded.parameters,
                            enabled = excluded.enabled, catch_up_seconds = excluded.catch_up_seconds,
                            effective_from = case
                                when (schedule.cron, schedule.zone, schedule.type, schedule.enabled)
                                    is distinct from (excluded.cron, excluded.zone, excluded.type, excluded.enabled)
                                then now() else schedule.effective_from end
                        returning xmax = 0 as is_new
                        """,
                        row -> row.bool("is_new"),
                        name,
                        change.cron(),
                        change.zone(),
                        change.type(),
                        Json.write(change.parameters()),
                        change.enabled(),
                        change.catchUpSeconds())
                .orElseThrow();
    }

    /** Whether there was one. */
    static boolean delete(Session session, String name) {
        return session.update("delete from schedule where name = ?", name) == 1;
    }

    /** Locks a schedule for firing; empty when it is gone or another instance has it. */
    static Optional<Schedule> lock(Session session, String name) {
        return session.first(
                "select " + COLUMNS + " from schedule where name = ? for update skip locked",
                Schedules::row,
                name);
    }

    /**
     * Takes a due time for this instance; false when another one has it.
     *
     * @param jobId the job that is its run, or null
     * @param problem why there is none, or null
     */
    static boolean claim(Session session, String name, Instant dueAt, UUID jobId, String problem) {
        return session.update(
                        """
                        insert into schedule_run (schedule, due_at, job_id, problem) values (?, ?, ?, ?)
                        on conflict (schedule, due_at) do nothing
                        """,
                        name,
                        dueAt,
                        jobId,
                        problem)
                == 1;
    }

    /** Notes for which due time a schedule was last fired. */
    static void fired(Session session, String name, Instant dueAt) {
        session.update("update schedule set last_due_at = ? where name = ?", dueAt, name);
    }

    /** Notes the job that was last started, by time or by hand. */
    static void started(Session session, String name, UUID jobId) {
        session.update(
                "update schedule set last_fire_at = now(), last_job_id = ? where name = ?",
                jobId,
                name);
    }

    /** Whether the job that a schedule last started, of its present type, has not begun yet. */
    static boolean lastStillWaits(Session session, Schedule schedule) {
        return session.first(
                        "select 1 from job where id = ? and type = ? and state = 'QUEUED'",
                        row -> true,
                        schedule.lastJobId(),
                        schedule.type())
                .isPresent();
    }

    /** Forgets runs of long ago; {@code last_due_at} keeps them from being fired again. */
    void forgetOldRuns() {
        database.update(
                "delete from schedule_run where fired_at < now() - ? * interval '1 millisecond'",
                RUNS_ARE_KEPT);
    }

    static Schedule row(Row row) throws SQLException {
        return new Schedule(
                row.text("name"),
                row.text("cron"),
                row.text("zone"),
                row.text("type"),
                row.json("parameters", JsonNode.class),
                row.bool("enabled"),
                Duration.ofSeconds(row.integer("catch_up_seconds")),
                row.instant("created_at"),
                row.instant("effective_from"),
                row.instant("last_due_at"),
                row.instant("last_fire_at"),
                row.uuid("last_job_id"));
    }
}
