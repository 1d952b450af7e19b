package org.lifeos.backup.testing;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.postgresql.ds.PGSimpleDataSource;

/** How one PostgreSQL server is run. {@link PostgresServer} is what tests see of it. */
sealed interface ServerEngine extends AutoCloseable
        permits LocalEngine, ContainerEngine, AttachedEngine {

    String SUPERUSER = "postgres";

    /**
     * Settings of every test server: quick instead of durable, and with a session time zone that
     * shows any code that forgets zones (5 hours and 45 minutes, so that no hour fits).
     */
    Map<String, String> SETTINGS =
            Map.ofEntries(
                    Map.entry("fsync", "off"),
                    Map.entry("synchronous_commit", "off"),
                    Map.entry("full_page_writes", "off"),
                    Map.entry("timezone", PostgresServer.TIME_ZONE),
                    Map.entry("max_connections", "200"),
                    Map.entry("max_prepared_transactions", "5"),
                    Map.entry("shared_buffers", "64MB"));

    String host();

    int port();

    String password();

    /** The client programs of this machine that fit the server. */
    Optional<Path> bin();

    /** Runs psql on a script, with errors fatal. */
    default CommandRun psql(String database, String user, String password, Path script) {
        Path psql =
                bin().map(folder -> folder.resolve("psql"))
                        .orElseThrow(() -> new IllegalStateException("no psql on this machine"));
        return CommandRun.of(
                new CommandRun.Setting(Path.of("/"), script, Map.of("PGPASSWORD", password)),
                List.of(
                        psql.toString(),
                        "-Xq",
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-h",
                        host(),
                        "-p",
                        Integer.toString(port()),
                        "-U",
                        user,
                        "-d",
                        database));
    }

    /** A new session of the superuser; whoever calls closes it. */
    default Connection connect(String database) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {host()});
        source.setPortNumbers(new int[] {port()});
        source.setDatabaseName(database);
        source.setUser(SUPERUSER);
        source.setPassword(password());
        source.setConnectTimeout(2);
        source.setSocketTimeout(60);
        return source.getConnection();
    }

    /** Whether a session can be had now. */
    default boolean answers() {
        try (Connection connection = connect("postgres")) {
            return connection.isValid(2);
        } catch (SQLException notYet) {
            return false;
        }
    }

    default int major() {
        try (Connection connection = connect("postgres")) {
            return connection.getMetaData().getDatabaseMajorVersion();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** SIGQUIT: the server ends without a checkpoint and recovers at its next start. */
    void stopImmediately();

    /** SIGKILL, to every process of the server. */
    void kill9();

    /** Starts a stopped or killed server with its data and its port; returns when it answers. */
    void startAgain();

    @Override
    void close();
}
