package org.lifeos.backup.api.health;

import java.time.Duration;
import java.util.List;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/** How the jobs of all time ended, counted where every instance sees the same. */
final class JobCounts {
    private static final Duration STATEMENT_LIMIT = Duration.ofSeconds(4);

    private final Database database;

    JobCounts(Database database) {
        this.database = database;
    }

    /** {@code code} is the failure's, or empty. */
    record Outcome(String type, String state, String code) {}

    record Count(Outcome outcome, long jobs) {}

    /** How long the last successful job of a type took. */
    record Took(String type, Duration time) {}

    /** What was counted. */
    record Counted(List<Count> ended, List<Took> durations, List<Waiting> waiting) {}

    /** Jobs of a state that have not ended. */
    record Waiting(String state, long jobs) {}

    Counted count() {
        return database.inTransaction(JobCounts::count);
    }

    private static Counted count(Session session) {
        session.first(
                "select set_config('statement_timeout', ?, true) as timeout",
                row -> row.text("timeout"),
                STATEMENT_LIMIT.toMillis() + "ms");
        return new Counted(
                session.list(
                        """
                        select type, state, coalesce(failure ->> 'code', '') as code, count(*) as jobs from job
                        where finished_at is not null group by 1, 2, 3
                        """,
                        row ->
                                new Count(
                                        new Outcome(
                                                row.text("type"),
                                                row.text("state"),
                                                row.text("code")),
                                        row.bigint("jobs"))),
                session.list(
                        """
                        select distinct on (type) type,
                               (extract(epoch from finished_at - started_at) * 1000)::bigint as took from job
                        where state = 'SUCCEEDED' and started_at is not null order by type, position desc
                        """,
                        row -> new Took(row.text("type"), Duration.ofMillis(row.bigint("took")))),
                session.list(
                        """
                        select states.state, count(job.id) as jobs
                        from (values ('QUEUED'), ('RUNNING')) states (state) left join job on job.state = states.state
                        group by states.state
                        """,
                        row -> new Waiting(row.text("state"), row.bigint("jobs"))));
    }
}
