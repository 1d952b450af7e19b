package org.lifeos.backup.target;

import java.time.Instant;
import java.util.List;
import org.lifeos.backup.sql.Database;

/** What workers last saw of the targets: the API never talks to a target itself. */
public final class TargetRegister {
    private final Database database;

    public TargetRegister(Database database) {
        this.database = database;
    }

    /**
     * A target as a worker saw it.
     *
     * @param serverVersion null when no worker ever reached it
     * @param problem why it was not reachable, or null
     */
    public record Sighting(
            String name,
            String database,
            String host,
            int port,
            String serverVersion,
            boolean reachable,
            String problem,
            Instant checkedAt) {}

    /** Notes a look at a target. A server that cannot be reached keeps the version it had. */
    public void saw(
            String name,
            String databaseName,
            String host,
            int port,
            String serverVersion,
            String problem) {
        database.update(
                """
                insert into target (name, database, host, port, server_version, reachable, problem)
                values (?, ?, ?, ?, ?, ?, ?)
                on conflict (name) do update
                set database = excluded.database, host = excluded.host, port = excluded.port,
                    server_version = coalesce(excluded.server_version, target.server_version),
                    reachable = excluded.reachable, problem = excluded.problem, checked_at = now()
                """,
                name,
                databaseName,
                host,
                port,
                serverVersion,
                problem == null,
                problem);
    }

    public List<Sighting> list() {
        return database.list(
                "select name, database, host, port, server_version, reachable, problem, checked_at from target order by name",
                row ->
                        new Sighting(
                                row.text("name"),
                                row.text("database"),
                                row.text("host"),
                                row.integer("port"),
                                row.text("server_version"),
                                row.bool("reachable"),
                                row.text("problem"),
                                row.instant("checked_at")));
    }
}
