package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.lifeos.backup.config.ServiceDatabaseSettings;
import org.lifeos.backup.sql.Database;

/**
 * A database of the service on a test server: the schema of the migrations, no rows. Each is cloned
 * from a template that the migrations were run in once a server.
 */
public final class ServiceDatabase implements AutoCloseable {
    private static final String TEMPLATE = "service_template";

    private final PostgresServer server;
    private final String name = "service_" + UUID.randomUUID();
    private final PooledSource sessions;

    private ServiceDatabase(PostgresServer server) {
        this.server = server;
        this.sessions = new PooledSource(server.dataSource(name));
    }

    /** A database on the server that all tests share. */
    public static ServiceDatabase create() {
        return on(PostgresServer.shared());
    }

    public static ServiceDatabase on(PostgresServer server) {
        ServiceDatabase database = new ServiceDatabase(server);
        // The literal is one object for all class loaders, and so is the lock.
        synchronized (TEMPLATE) {
            if (server.rows(
                            "postgres",
                            "select 1 from pg_database where datname = '" + TEMPLATE + "'")
                    .isEmpty()) {
                server.createDatabase(TEMPLATE);
                migrations().forEach(script -> server.execute(TEMPLATE, text(script)));
            }
            server.createDatabaseFrom(TEMPLATE, database.name);
        }
        return database;
    }

    public String name() {
        return name;
    }

    /** The database by pooled sessions, in the odd time zone of all test sessions. */
    public Database database() {
        return new Database(sessions);
    }

    /** The same by sessions that are opened anew, with what is set for the database by now. */
    public Database newDatabase() {
        return new Database(new PooledSource(server.dataSource(name)));
    }

    /** How a service is configured that uses this database. */
    public ServiceDatabaseSettings settings() {
        return new ServiceDatabaseSettings(
                server.host(), server.port(), name, server.superuser(), server.password());
    }

    /** Runs statements that answer nothing. */
    public void execute(String sql) {
        server.execute(name, sql);
    }

    /** The only value of a query, as text. */
    public String value(String sql) {
        return database()
                .first("select (" + sql + ")::text as value", row -> row.text("value"))
                .orElseThrow();
    }

    /** Removes every row. */
    public void clear() {
        String tables =
                value(
                        "select string_agg(quote_ident(tablename), ', ') from pg_tables where schemaname = 'public'");
        database().update("truncate " + tables + " restart identity");
    }

    /** How many sessions wait right now for what another one has locked. */
    public int waitingSessions() {
        return Integer.parseInt(
                value(
                        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"));
    }

    @Override
    public void close() throws SQLException {
        sessions.close();
        server.dropDatabase(name);
    }

    /** The scripts that Flyway runs, in its order. */
    private static List<Path> migrations() {
        Path folder = ProjectRoot.find().resolve("shared-model/src/main/resources/db/migration");
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".sql"))
                    .sorted(Comparator.comparingInt(ServiceDatabase::version))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int version(Path migration) {
        return Integer.parseInt(migration.getFileName().toString().split("__")[0].substring(1));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
