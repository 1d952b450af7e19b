package org.lifeos.backup.job;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.lifeos.backup.config.ServiceDatabaseSettings;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Listens for what table {@code job} announces (PostgreSQL manual, LISTEN). It only shortens
 * waiting: a notification may be lost with its connection, so every listener also asks again after
 * a moment.
 */
public final class Notifications implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Notifications.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    private static final Duration RECONNECT_AFTER = Duration.ofSeconds(1);

    /** What is announced, under the channel names of the trigger in V1. */
    public enum Channel {
        JOB_QUEUED,
        JOB_CHANGED,
        JOB_CANCEL;

        String sqlName() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Gets each announcement, on the listening thread: it must not block. */
    @FunctionalInterface
    public interface Listener {
        /**
         * @param payload the job's id, or empty
         */
        void heard(Channel channel, String payload);
    }

    private final ServiceDatabaseSettings settings;
    private final List<Channel> channels;
    private final Listener listener;
    private final Thread thread;
    private volatile boolean closed;
    private volatile Connection current;

    public Notifications(
            ServiceDatabaseSettings settings, List<Channel> channels, Listener listener) {
        this.settings = settings;
        this.channels = channels;
        this.listener = listener;
        this.thread = Thread.ofPlatform().name("notifications").daemon().start(this::listen);
    }

    private void listen() {
        boolean complained = false;
        while (!closed) {
            try (Connection connection = settings.connect("listen")) {
                current = connection;
                subscribe(connection);
                complained = false;
                // what was announced while nobody listened
                channels.forEach(channel -> listener.heard(channel, ""));
                receive(connection);
            } catch (SQLException e) {
                if (!closed && !complained) {
                    LOG.warnf(
                            "not listening to the service database, asking it instead: %s",
                            e.getMessage());
                    complained = true;
                }
                LockSupport.parkNanos(RECONNECT_AFTER.toNanos());
            }
        }
    }

    private void subscribe(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (Channel channel : channels) {
                statement.execute("listen " + channel.sqlName());
            }
        }
    }

    private void receive(Connection connection) throws SQLException {
        PGConnection postgres = connection.unwrap(PGConnection.class);
        while (!closed) {
            PGNotification[] heard = postgres.getNotifications((int) LONGEST_WAIT.toMillis());
            if (heard == null || heard.length == 0) {
                probe(connection);
                continue;
            }
            for (PGNotification notification : heard) {
                channels.stream()
                        .filter(channel -> channel.sqlName().equals(notification.getName()))
                        .forEach(channel -> listener.heard(channel, notification.getParameter()));
            }
        }
    }

    /** A server that vanished without a word is noticed only by talking to it. */
    private static void probe(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select 1");
        }
    }

    @Override
    public void close() {
        closed = true;
        Connection connection = current;
        if (connection != null) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debugf("closing the listening connection: %s", e.getMessage());
            }
        }
        LockSupport.unpark(thread);
    }
}
