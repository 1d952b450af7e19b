package org.lifeos.backup.api.health;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lifeos.backup.api.schedule.ScheduleWatch;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/** Reads what the service's own database tells, in one short transaction. */
final class ServiceReader {
    private static final Duration STATEMENT_LIMIT = Duration.ofSeconds(4);

    /** A lease that ended longer ago than this should have been reaped. */
    private static final Duration REAPED_WITHIN = Duration.ofMinutes(2);

    private static final List<JobType> WATCHED =
            List.of(
                    JobType.BACKUP_VERIFICATION,
                    JobType.RETENTION,
                    JobType.OLLAMA_MANIFEST,
                    JobType.FILES_CHECK,
                    JobType.CODE_CHECK);

    private record Known(String target, int taken, List<String> listed, List<String> corrupt) {}

    private final Database database;
    private final ZoneId zone;

    /**
     * @param zone of schedules that have none of their own
     */
    ServiceReader(Database database, ZoneId zone) {
        this.database = database;
        this.zone = zone;
    }

    ServiceSeen read() {
        return database.inTransaction(this::read);
    }

    private ServiceSeen read(Session session) {
        session.first(
                "select set_config('statement_timeout', ?, true) as timeout",
                row -> row.text("timeout"),
                STATEMENT_LIMIT.toMillis() + "ms");
        Instant now = session.first("select now() as now", row -> row.instant("now")).orElseThrow();
        List<Known> known = known(session);
        return new ServiceSeen(
                now,
                known.stream().collect(Collectors.toMap(Known::target, Known::listed)),
                known.stream().collect(Collectors.toMap(Known::target, Known::taken)),
                known.stream()
                        .flatMap(target -> target.corrupt().stream())
                        .collect(Collectors.toSet()),
                workers(session),
                queue(session),
                WATCHED.stream().flatMap(type -> lastEnds(session, type).stream()).toList(),
                sightings(session),
                ScheduleWatch.of(session, zone, now),
                deliveries(session),
                standings(session));
    }

    /** In one pass: a catalogue may be long. */
    private static List<Known> known(Session session) {
        return session.list(
                """
                select target,
                    count(*) filter (where kind <> 'safety') as taken,
                    coalesce(array_agg(file_name)
                        filter (where state not in ('EXPIRED', 'CORRUPT') and kind <> 'safety'), '{}') as listed,
                    coalesce(array_agg(file_name) filter (where state = 'CORRUPT'), '{}') as corrupt
                from backup
                group by target
                """,
                row ->
                        new Known(
                                row.text("target"),
                                row.integer("taken"),
                                row.texts("listed"),
                                row.texts("corrupt")));
    }

    private static ServiceSeen.Workers workers(Session session) {
        return session.first(
                        """
                        select count(*) as known,
                               count(*) filter (where last_seen_at > now() - interval '1 minute') as alive
                        from worker
                        """,
                        row -> new ServiceSeen.Workers(row.integer("alive"), row.integer("known")))
                .orElseThrow();
    }

    private static ServiceSeen.Queue queue(Session session) {
        return session.first(
                        """
                        select count(*) filter (where state = 'QUEUED') as queued,
                               count(*) filter (where state = 'RUNNING') as running,
                               min(greatest(created_at, available_at)) filter (where state = 'QUEUED') as oldest_queued,
                               count(*) filter (where lease_until < now() - ? * interval '1 millisecond') as abandoned,
                               min(started_at) filter (where state = 'RUNNING') as oldest_running
                        from job where state in ('QUEUED', 'RUNNING')
                        """,
                        row ->
                                new ServiceSeen.Queue(
                                        row.integer("queued"),
                                        row.integer("running"),
                                        row.instant("oldest_queued"),
                                        row.integer("abandoned"),
                                        row.instant("oldest_running")),
                        REAPED_WITHIN)
                .orElseThrow();
    }

    /** The last of each target; a dry run of retention says nothing. */
    private static List<ServiceSeen.LastEnd> lastEnds(Session session, JobType type) {
        return session.list(
                """
                select distinct on (target) target, state, failure ->> 'code' as code,
                       failure ->> 'detail' as detail, result, finished_at
                from job
                where type = ? and state in ('SUCCEEDED', 'FAILED') and created_at > now() - interval '60 days'
                  and coalesce((request ->> 'dryRun')::boolean, false) = false
                order by target, position desc
                """,
                row ->
                        new ServiceSeen.LastEnd(
                                type,
                                row.text("target"),
                                JobState.valueOf(row.text("state")),
                                row.text("code"),
                                row.text("detail"),
                                row.json("result", JsonNode.class),
                                row.instant("finished_at")),
                type.code());
    }

    private static List<ServiceSeen.Sighting> sightings(Session session) {
        return session.list(
                "select name, reachable, problem, checked_at from target",
                row ->
                        new ServiceSeen.Sighting(
                                row.text("name"),
                                row.bool("reachable"),
                                row.text("problem"),
                                row.instant("checked_at")));
    }

    private static List<ServiceSeen.Deliveries> deliveries(Session session) {
        return session.list(
                """
                select channel,
                       count(*) filter (where outcome is null) as pending,
                       count(*) filter (where outcome is null and attempts > 0 and problem is not null) as overdue,
                       count(*) filter (where outcome = 'LOST' and ended_at > now() - interval '1 day') as lost,
                       min(notice.written_at) filter (where outcome is null) as oldest,
                       (array_agg(problem order by notice_id desc) filter (where problem is not null and
                           outcome is distinct from 'DELIVERED'))[1] as problem
                from notice_delivery join notice on notice.id = notice_id
                group by channel
                """,
                row ->
                        new ServiceSeen.Deliveries(
                                row.text("channel"),
                                row.integer("pending"),
                                row.integer("overdue"),
                                row.integer("lost"),
                                row.instant("oldest"),
                                row.text("problem")));
    }

    private static Map<String, ServiceSeen.Standing> standings(Session session) {
        Map<String, ServiceSeen.Standing> standings = new HashMap<>();
        session.list(
                        "select check_id, status, since from health_status",
                        row ->
                                Map.entry(
                                        row.text("check_id"),
                                        new ServiceSeen.Standing(
                                                HealthStatus.valueOf(row.text("status")),
                                                row.instant("since"))))
                .forEach(entry -> standings.put(entry.getKey(), entry.getValue()));
        return standings;
    }
}
