package org.lifeos.backup.worker.restore;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;

/**
 * Databases beside a target's own, in which restores are made before they count. Their names carry
 * job and attempt, so that whoever finds one knows whose it is.
 */
public final class SideDatabases {
    private static final Logger LOG = Logger.getLogger(SideDatabases.class);
    private static final Pattern NAME =
            Pattern.compile(
                    "lifeos_restore_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_(\\d{1,9})");

    /**
     * Begins the comment of a database that no other had the name of, and tells which job restored
     * it.
     */
    static final String MARK = "restored by life-os backup, job ";

    private static final String UNDEFINED_DATABASE = "3D000";
    private static final String DUPLICATE_DATABASE = "42P04";

    private final Target target;
    private final UUID jobId;

    /**
     * @param jobId names the sessions on the server
     */
    public SideDatabases(Target target, UUID jobId) {
        this.target = target;
        this.jobId = jobId;
    }

    /** The name of an attempt's side database; at most 63 bytes, as every name on the server. */
    public static String nameFor(Lease lease) {
        return "lifeos_restore_%s_%d"
                .formatted(lease.jobId().toString().replace("-", ""), lease.attempt());
    }

    /** Makes an empty database with the encoding and the locale of the target's own. */
    public void create(String name) throws SQLException {
        try (Connection connection = open()) {
            run(
                    connection,
                    "CREATE DATABASE %s TEMPLATE template0%s"
                            .formatted(
                                    quoted(name),
                                    DatabaseLocale.optionsLike(connection, target.database())));
        }
    }

    /** Gives one database what another one has besides its content; see {@link DatabaseTraits}. */
    public void copyTraits(String from, String to) throws SQLException {
        try (Connection connection = open()) {
            connection.setAutoCommit(false);
            DatabaseTraits.copy(connection, from, to);
            connection.commit();
        }
    }

    /** Whether the server has a database of this name. */
    public boolean exists(String name) throws SQLException {
        try (Connection connection = open()) {
            return exists(connection, name);
        }
    }

    static boolean exists(Connection connection, String name) throws SQLException {
        return !namesLike(connection, "datname = ?", name).isEmpty();
    }

    /**
     * Gives a finished side database its name, and notes on it which job restored it. One
     * transaction: it has both or none.
     *
     * @throws ProblemException also when the name is taken
     */
    public void publish(String side, String name) {
        try (Connection connection = open()) {
            endSessions(connection, side);
            connection.setAutoCommit(false);
            mark(connection, side);
            run(connection, "ALTER DATABASE %s RENAME TO %s".formatted(quoted(side), quoted(name)));
            connection.commit();
        } catch (SQLException e) {
            throw DUPLICATE_DATABASE.equals(e.getSQLState())
                    ? taken(name)
                    : new TargetServer(target).problem(e);
        }
    }

    /** A comment is what any owner may give a database; it goes along when it is renamed. */
    void mark(Connection connection, String name) throws SQLException {
        run(connection, "COMMENT ON DATABASE %s IS '%s%s'".formatted(quoted(name), MARK, jobId));
    }

    /**
     * @throws ProblemException when the server has a database of this name
     */
    public void requireFree(String name) throws SQLException {
        if (exists(name)) {
            throw taken(name);
        }
    }

    private ProblemException taken(String name) {
        return new ProblemException(
                ProblemCode.DATABASE_EXISTS,
                "The server of %s has a database '%s' already.".formatted(target, name));
    }

    /** Whether the database of this name is what this job gave it to. */
    public boolean isPublished(String name) throws SQLException {
        try (Connection connection = open();
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                select 1 from pg_database
                                where datname = ? and shobj_description(oid, 'pg_database') = ?
                                """)) {
            statement.setString(1, name);
            statement.setString(2, MARK + jobId);
            try (ResultSet found = statement.executeQuery()) {
                return found.next();
            }
        }
    }

    /** Removes the side databases of all attempts that the predicate of job and attempt accepts. */
    public void dropThoseOf(BiPredicate<UUID, Integer> isOver) throws SQLException {
        List<String> names;
        try (Connection connection = open()) {
            names = namesLike(connection, "datname like ?", "lifeos\\_restore\\_%");
        }
        for (String name : names) {
            Matcher parts = NAME.matcher(name);
            if (parts.matches() && isOver.test(jobOf(parts), Integer.parseInt(parts.group(6)))) {
                LOG.infof("removing the side database %s on %s", name, target);
                drop(name);
            }
        }
        try (Connection connection = open()) {
            MissingRoles.dropThoseOf(connection, isOver);
        }
    }

    private static UUID jobOf(Matcher parts) {
        return UUID.fromString(
                "%s-%s-%s-%s-%s"
                        .formatted(
                                parts.group(1),
                                parts.group(2),
                                parts.group(3),
                                parts.group(4),
                                parts.group(5)));
    }

    /** Removes a database, whoever is connected to it. One that is not there is no failure. */
    public void drop(String name) throws SQLException {
        dropSubscriptions(name);
        try (Connection connection = open()) {
            endSessions(connection, name);
            if (!namesLike(connection, "datistemplate and datname = ?", name).isEmpty()) {
                // one that took the place of a template, or was replaced as one
                run(connection, "ALTER DATABASE %s IS_TEMPLATE false".formatted(quoted(name)));
            }
            run(connection, "DROP DATABASE IF EXISTS " + quoted(name));
        }
    }

    /** A database with a subscription cannot be dropped; its publisher knows nothing of ours. */
    private void dropSubscriptions(String name) throws SQLException {
        try {
            new Subscriptions(target.inDatabase(name), jobId).drop();
        } catch (SQLException e) {
            if (!UNDEFINED_DATABASE.equals(e.getSQLState())) {
                LOG.debugf("the subscriptions in %s were not looked at: %s", name, e.getMessage());
            }
        }
    }

    private static void endSessions(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        select count(pg_terminate_backend(pid)) from pg_stat_activity
                        where datname = ? and pid <> pg_backend_pid()
                          and (pg_has_role(usesysid, 'MEMBER') or pg_has_role('pg_signal_backend', 'MEMBER'))
                        """)) {
            statement.setString(1, name);
            statement.execute();
        }
    }

    private static List<String> namesLike(Connection connection, String condition, String value)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select datname from pg_database where "
                                + condition
                                + " order by datname")) {
            statement.setString(1, value);
            List<String> names = new ArrayList<>();
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    names.add(found.getString("datname"));
                }
            }
            return names;
        }
    }

    /** A session in a database that no restore renames or drops while it is open. */
    Connection open() throws SQLException {
        SQLException first = null;
        for (String database : meetingPlaces()) {
            try {
                return new TargetServer(target.inDatabase(database)).open(jobId);
            } catch (SQLException e) {
                if (!isAboutTheDatabase(e)) {
                    throw e;
                }
                first = Optional.ofNullable(first).orElse(e);
            }
        }
        throw first;
    }

    /** The target's own comes last: a session in it is in the way of its swap. */
    private List<String> meetingPlaces() {
        List<String> places = new ArrayList<>(List.of("postgres", "template1"));
        places.remove(target.database());
        places.add(target.database());
        return places;
    }

    /** The database is not there, or this user may not connect to it: another one may do. */
    private static boolean isAboutTheDatabase(SQLException e) {
        return List.of(UNDEFINED_DATABASE, "42501", "28000", "55000")
                .contains(String.valueOf(e.getSQLState()));
    }

    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }
}
