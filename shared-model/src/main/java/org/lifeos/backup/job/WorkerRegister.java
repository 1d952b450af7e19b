package org.lifeos.backup.job;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.lifeos.backup.sql.Database;

/** The worker processes, each with the last time it gave a sign of life. */
public final class WorkerRegister {
    private static final Duration FORGET_AFTER = Duration.ofDays(1);

    private final Database database;

    public WorkerRegister(Database database) {
        this.database = database;
    }

    /**
     * A worker process.
     *
     * @param alive whether it gave a sign of life within the last minute
     */
    public record Worker(
            UUID instance,
            String name,
            String version,
            int concurrency,
            Instant startedAt,
            Instant lastSeenAt,
            boolean alive) {}

    public void seen(UUID instance, String name, String version, int concurrency) {
        database.update(
                """
                insert into worker (instance, name, version, concurrency) values (?, ?, ?, ?)
                on conflict (instance) do update set last_seen_at = now()
                """,
                instance,
                name,
                version,
                concurrency);
        database.update(
                "delete from worker where last_seen_at < now() - ? * interval '1 millisecond'",
                FORGET_AFTER);
    }

    public void gone(UUID instance) {
        database.update("delete from worker where instance = ?", instance);
    }

    public List<Worker> list() {
        return database.list(
                """
                select instance, name, version, concurrency, started_at, last_seen_at,
                       last_seen_at > now() - interval '1 minute' as alive
                from worker order by name, started_at
                """,
                row ->
                        new Worker(
                                row.uuid("instance"),
                                row.text("name"),
                                row.text("version"),
                                row.integer("concurrency"),
                                row.instant("started_at"),
                                row.instant("last_seen_at"),
                                row.bool("alive")));
    }
}
