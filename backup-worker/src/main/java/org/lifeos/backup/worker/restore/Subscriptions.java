package org.lifeos.backup.worker.restore;

import static org.lifeos.backup.worker.restore.SideDatabases.quoted;
import static org.lifeos.backup.worker.restore.SideDatabases.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;

/**
 * The subscriptions of one database. Their workers follow a database through its renames: one that
 * was replaced would go on taking changes from its publisher that nobody sees.
 */
final class Subscriptions {
    /**
     * Begins the comment of a subscription that was enabled; its own comment follows. A comment is
     * what stays with it whatever becomes of its database's name.
     */
    private static final String PAUSED = "paused by life-os backup;";

    private final Target database;
    private final UUID jobId;

    Subscriptions(Target database, UUID jobId) {
        this.database = database;
        this.jobId = jobId;
    }

    private record Subscription(String name, boolean enabled, String comment) {}

    /** Disables those that are enabled, and notes on each that it was. */
    void pause() throws SQLException {
        try (Connection connection = open()) {
            for (Subscription each : all(connection)) {
                if (each.enabled()) {
                    change(connection, each.name(), "DISABLE", PAUSED + each.comment());
                }
            }
        }
    }

    /** Enables those that were paused. */
    void resume() throws SQLException {
        try (Connection connection = open()) {
            for (Subscription each : all(connection)) {
                if (each.comment().startsWith(PAUSED)) {
                    String before = each.comment().substring(PAUSED.length());
                    change(connection, each.name(), "ENABLE", before);
                }
            }
        }
    }

    /** Removes them; their publishers are told nothing, and keep their slots. */
    void drop() throws SQLException {
        try (Connection connection = open()) {
            for (Subscription each : all(connection)) {
                String alter = "ALTER SUBSCRIPTION " + quoted(each.name());
                run(connection, alter + " DISABLE");
                run(connection, alter + " SET (slot_name = NONE)");
                run(connection, "DROP SUBSCRIPTION " + quoted(each.name()));
            }
        }
    }

    /** Both or none. */
    private static void change(Connection connection, String name, String how, String comment)
            throws SQLException {
        connection.setAutoCommit(false);
        run(connection, "ALTER SUBSCRIPTION %s %s".formatted(quoted(name), how));
        run(
                connection,
                "COMMENT ON SUBSCRIPTION %s IS %s"
                        .formatted(quoted(name), literal(connection, comment)));
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static String literal(Connection connection, String text) throws SQLException {
        try (PreparedStatement quote = connection.prepareStatement("select quote_literal(?)")) {
            quote.setString(1, text);
            try (ResultSet quoted = quote.executeQuery()) {
                quoted.next();
                return quoted.getString(1);
            }
        }
    }

    private static List<Subscription> all(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                select subname, subenabled,
                                       coalesce(obj_description(oid, 'pg_subscription'), '') as comment
                                from pg_subscription
                                where subdbid = (select oid from pg_database where datname = current_database())
                                order by subname
                                """);
                ResultSet found = statement.executeQuery()) {
            List<Subscription> all = new ArrayList<>();
            while (found.next()) {
                all.add(
                        new Subscription(
                                found.getString("subname"),
                                found.getBoolean("subenabled"),
                                found.getString("comment")));
            }
            return all;
        }
    }

    private Connection open() throws SQLException {
        return new TargetServer(database).open(jobId);
    }
}
