package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real PostgreSQL server for tests, on loopback and a free port.
 *
 * <p>{@link #shared()} is one server for the whole JVM, started on first use. Tests that stop or
 * kill a server {@link #start()} one of their own. Either is run by the server binaries of the
 * machine, or in a container where a Docker engine answers; {@code TEST_POSTGRES=local} or {@code
 * =docker} chooses. {@code PG_BIN} names the binaries' folder where several are installed.
 *
 * <p>Encoding UTF8, locale C, password authentication, nothing durable. Sessions are in {@link
 * #TIME_ZONE}, so that code which takes the server's zone for UTC or for the JVM's gives itself
 * away.
 */
public final class PostgresServer implements AutoCloseable {
    /**
     * The zone of every session of {@link #connect}, {@link #dataSource} and the PostgreSQL tools.
     */
    public static final String TIME_ZONE = "Asia/Kathmandu";

    private static final String SHARED = "org.lifeos.backup.testing.PostgresServer";
    private static final String NEEDED =
            "These tests need PostgreSQL: install its server (Debian: apt install postgresql; macOS: brew install"
                    + " postgresql@16), or name the folder of its programs in PG_BIN, or start Docker.";

    private static PostgresServer shared;

    private final ServerEngine engine;
    private final boolean ofAll;
    private int major;

    private PostgresServer(ServerEngine engine, boolean ofAll) {
        this.engine = engine;
        this.ofAll = ofAll;
    }

    /**
     * The server that all tests of this JVM share. It ends with the JVM, and cannot be stopped
     * before.
     *
     * @throws IllegalStateException when there is neither a server on this machine nor a Docker
     *     engine
     */
    public static PostgresServer shared() {
        // The literal is one object for all class loaders, and so is the lock.
        synchronized (SHARED) {
            if (shared == null) {
                String published = System.getProperty(SHARED);
                if (published == null) {
                    ServerEngine engine = engine(Map.of());
                    Runtime.getRuntime().addShutdownHook(new Thread(engine::close));
                    System.setProperty(SHARED, AttachedEngine.published(engine));
                    shared = new PostgresServer(engine, true);
                } else {
                    shared = new PostgresServer(AttachedEngine.parse(published), true);
                }
            }
            return shared;
        }
    }

    /** Starts a server of one's own; see {@link #start(Map)}. */
    public static PostgresServer start() {
        return start(Map.of());
    }

    /**
     * Starts a server of one's own.
     *
     * @param settings of postgresql.conf, in addition to the usual ones or instead of them
     * @throws IllegalStateException when there is neither a server on this machine nor a Docker
     *     engine
     */
    public static PostgresServer start(Map<String, String> settings) {
        return new PostgresServer(engine(settings), false);
    }

    public String host() {
        return engine.host();
    }

    public int port() {
        return engine.port();
    }

    public String superuser() {
        return ServerEngine.SUPERUSER;
    }

    public String password() {
        return engine.password();
    }

    /** The folder of psql and pg_dump on this machine, of the server's version or a newer one. */
    public Optional<Path> bin() {
        return engine.bin();
    }

    /** The server's major version, like 16. */
    public synchronized int major() {
        if (major == 0) {
            major = engine.major();
        }
        return major;
    }

    /** What the server calls its version, like 16.4. */
    public String version() {
        return rows("postgres", "SELECT split_part(current_setting('server_version'), ' ', 1)")
                .getFirst()
                .getFirst();
    }

    public void createDatabase(String name) {
        execute("postgres", "CREATE DATABASE " + quoted(name));
    }

    /** Creates a database as a copy of another one, which nobody may be connected to. */
    public void createDatabaseFrom(String template, String name) {
        execute(
                "postgres",
                "CREATE DATABASE %s TEMPLATE %s".formatted(quoted(name), quoted(template)));
    }

    /** Drops a database if it exists, sessions in it or not. */
    public void dropDatabase(String name) {
        execute("postgres", "DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(quoted(name)));
    }

    /** A new session of the superuser. */
    public Connection connect(String database) throws SQLException {
        return dataSource(database).getConnection();
    }

    /** New sessions of the superuser; nothing is pooled. */
    public DataSource dataSource(String database) {
        return dataSource(database, superuser(), password());
    }

    /** New sessions of a role; nothing is pooled. */
    public DataSource dataSource(String database, String user, String userPassword) {
        PGSimpleDataSource source = new ZonedDataSource();
        source.setServerNames(new String[] {host()});
        source.setPortNumbers(new int[] {port()});
        source.setDatabaseName(database);
        source.setUser(user);
        source.setPassword(userPassword);
        source.setApplicationName("tests");
        source.setConnectTimeout(10);
        source.setSocketTimeout(300);
        return source;
    }

    /** Runs statements that answer nothing. */
    public void execute(String database, String sql) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql + ": " + e.getMessage(), e);
        }
    }

    /** The rows of a query as text, NULL as null. */
    public List<List<String>> rows(String database, String sql) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int column = 1; column <= columns; column++) {
                    row.add(result.getString(column));
                }
                rows.add(row);
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(sql + ": " + e.getMessage(), e);
        }
    }

    /**
     * Runs a script by the real psql as superuser.
     *
     * @throws IllegalStateException with psql's output when a statement failed
     */
    public void runScript(String database, Path sqlFile) {
        runScript(database, superuser(), password(), sqlFile);
    }

    /** Runs a script by the real psql as a role; the rest as {@link #runScript(String, Path)}. */
    public void runScript(String database, String user, String userPassword, Path sqlFile) {
        psql(database, user, userPassword, sqlFile).orThrow();
    }

    /**
     * Feeds a script, gzipped when its name ends in .gz, to the real psql with errors fatal; never
     * throws for them.
     */
    public CommandRun psql(String database, String user, String userPassword, Path sqlFile) {
        if (!sqlFile.toString().endsWith(".gz")) {
            return engine.psql(database, user, userPassword, sqlFile);
        }
        try {
            Path plain = Files.createTempFile("script-", ".sql");
            try (InputStream in = new GZIPInputStream(Files.newInputStream(sqlFile))) {
                Files.copy(in, plain, StandardCopyOption.REPLACE_EXISTING);
                return engine.psql(database, user, userPassword, plain);
            } finally {
                Files.delete(plain);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops the server at once, without a checkpoint. Its port stays its own. */
    public void stopImmediately() {
        mine().stopImmediately();
    }

    /** Kills the server with all its sessions, as a power cut would. */
    public void kill9() {
        mine().kill9();
    }

    /**
     * Starts the server again after {@link #stopImmediately} or {@link #kill9}; returns when it
     * answers.
     */
    public void startAgain() {
        mine().startAgain();
    }

    /** Stops the server and removes its data. */
    @Override
    public void close() {
        mine().close();
    }

    private ServerEngine mine() {
        if (ofAll) {
            throw new IllegalStateException(
                    "other tests use the shared server: stop one of your own");
        }
        return engine;
    }

    private static ServerEngine engine(Map<String, String> settings) {
        Map<String, String> environment = System.getenv();
        String choice = environment.getOrDefault("TEST_POSTGRES", "");
        String password = "pw-" + UUID.randomUUID();
        return switch (choice) {
            case "", "local" -> {
                Optional<PostgresBinaries> binaries = PostgresBinaries.server(environment);
                if (binaries.isPresent()) {
                    yield LocalEngine.start(binaries.get(), password, settings);
                }
                if (choice.isEmpty() && containerPossible()) {
                    yield ContainerEngine.start(password, settings);
                }
                throw new IllegalStateException(NEEDED);
            }
            case "docker" -> ContainerEngine.start(password, settings);
            default ->
                    throw new IllegalStateException(
                            "TEST_POSTGRES is %s: it may be local or docker".formatted(choice));
        };
    }

    private static boolean containerPossible() {
        try {
            return ContainerEngine.available();
        } catch (NoClassDefFoundError withoutTestcontainers) {
            return false;
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** The driver asks each session for the JVM's zone; these have the server's. */
    private static final class ZonedDataSource extends PGSimpleDataSource {
        private static final long serialVersionUID = 1;

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            return zoned(super.getConnection(user, password));
        }

        private static Connection zoned(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET TIME ZONE '" + TIME_ZONE + "'");
            }
            return connection;
        }
    }
}
