package org.lifeos.backup.worker.target;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.postgresql.ds.PGSimpleDataSource;

/** The server of a target, asked directly. */
public final class TargetServer {
    private static final Logger LOG = Logger.getLogger(TargetServer.class);
    private static final String MAINTENANCE = "postgres";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String REFUSED_LOGIN = "28000";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration LOGIN_GRACE = Duration.ofSeconds(2);

    /**
     * A worker that stops, or cleans up behind another, does not wait long for a server that is
     * away.
     */
    private static final Duration CLEAN_UP_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

    /**
     * Making and removing a database waits for a checkpoint, which a busy server takes time for.
     */
    private static final Duration WORK_TIMEOUT = Duration.ofMinutes(5);

    private final Target target;

    public TargetServer(Target target) {
        this.target = target;
    }

    /**
     * What a backup needs to know beforehand.
     *
     * @param major the server's major version
     * @param version as the server writes it, for example {@code 16.4}
     * @param databaseBytes the database's size on the server's disk
     */
    public record Facts(int major, String version, long databaseBytes) {}

    /**
     * @throws ProblemException when the server cannot be reached, refuses the login or lacks the
     *     database
     */
    public Facts facts(UUID jobId) {
        try (Connection connection = connect(jobId, CONNECT_TIMEOUT);
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                select current_setting('server_version_num') as version_num,
                                       split_part(current_setting('server_version'), ' ', 1) as version,
                                       pg_database_size(current_database()) as bytes
                                """);
                ResultSet result = statement.executeQuery()) {
            result.next();
            return new Facts(
                    Integer.parseInt(result.getString("version_num")) / 10_000,
                    result.getString("version"),
                    result.getLong("bytes"));
        } catch (SQLException e) {
            throw problem(e);
        }
    }

    /** As {@link #facts}, also where the target's database does not exist; its size is 0 then. */
    public Facts serverFacts(UUID jobId) {
        try {
            return facts(jobId);
        } catch (ProblemException e) {
            if (e.code() != ProblemCode.TARGET_DATABASE_MISSING) {
                throw e;
            }
            Facts server = new TargetServer(target.inDatabase(MAINTENANCE)).facts(jobId);
            return new Facts(server.major(), server.version(), 0);
        }
    }

    /**
     * Ends what a job's tools left on the server: a dump whose worker died may wait for a lock for
     * a long time. Best effort, a server that cannot be reached has no sessions that matter.
     */
    public void endSessionsOf(UUID jobId) {
        try (Connection connection = connect(jobId, CLEAN_UP_TIMEOUT);
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                select count(pg_terminate_backend(pid)) from pg_stat_activity
                                where application_name like '% ' || ? and pid <> pg_backend_pid() and usename = current_user
                                """)) {
            statement.setString(1, jobId.toString());
            statement.execute();
        } catch (SQLException e) {
            LOG.debugf(
                    "sessions of job %s on %s were not ended: %s", jobId, target, e.getMessage());
        }
    }

    /**
     * @throws ProblemException when the database has prepared transactions: they would be left
     *     behind in what is renamed away
     */
    public void requireNoPreparedTransactions(UUID jobId) throws SQLException {
        try (Connection connection = open(jobId);
                PreparedStatement statement =
                        connection.prepareStatement(
                                "select string_agg(gid, ', ') as gids from pg_prepared_xacts where database = current_database()");
                ResultSet result = statement.executeQuery()) {
            result.next();
            if (result.getString("gids") != null) {
                throw new ProblemException(
                        ProblemCode.PREPARED_TRANSACTIONS,
                        "%s has the prepared transactions %s."
                                .formatted(target, result.getString("gids")));
            }
        }
    }

    /** A session for statements that take the server a moment, in the target's database. */
    public Connection open(UUID jobId) throws SQLException {
        Connection connection = connect(jobId, CONNECT_TIMEOUT);
        connection.setNetworkTimeout(Runnable::run, (int) WORK_TIMEOUT.toMillis());
        return connection;
    }

    private Connection connect(UUID jobId, Duration timeout) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(
                new String[] {
                    target.host().contains(":") ? "[" + target.host() + "]" : target.host()
                });
        source.setPortNumbers(new int[] {target.port()});
        source.setDatabaseName(target.database());
        source.setUser(target.user());
        source.setPassword(target.password());
        source.setApplicationName("backup-worker " + jobId);
        source.setConnectTimeout((int) timeout.toSeconds());
        source.setLoginTimeout((int) timeout.plus(LOGIN_GRACE).toSeconds());
        source.setSocketTimeout((int) ANSWER_TIMEOUT.toSeconds());
        source.setTcpKeepAlive(true);
        try {
            return source.getConnection();
        } catch (SQLException e) {
            // the right to connect is a privilege to the server, and part of the login to us
            throw INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())
                    ? new SQLException(e.getMessage(), REFUSED_LOGIN, e)
                    : e;
        }
    }

    /** What a failed look at the server means. */
    public ProblemException problem(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        ProblemCode code =
                switch (state) {
                    case REFUSED_LOGIN, "28P01", "08004" -> ProblemCode.TARGET_ACCESS_DENIED;
                    case INSUFFICIENT_PRIVILEGE -> ProblemCode.TARGET_PERMISSION_DENIED;
                    case "3D000" -> ProblemCode.TARGET_DATABASE_MISSING;
                    default -> ProblemCode.TARGET_UNREACHABLE;
                };
        String said = e.getMessage().replaceAll("\\s+", " ");
        return new ProblemException(code, "%s: %s".formatted(target, said), e);
    }
}
