package org.lifeos.backup.config;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.lifeos.backup.sql.SqlFailure;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Where the service's own database is: {@code BACKUP_DB_*}.
 *
 * @param password null where the server asks for none
 */
public record ServiceDatabaseSettings(
        String host, int port, String name, String user, String password) {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** A server that vanished without a word is given up after this. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration RETRY_AFTER = Duration.ofMillis(500);

    /** What the driver says when the server wants a password or method that we do not have. */
    private static final String CONNECTION_REJECTED = "08004";

    public static ServiceDatabaseSettings of(Environment environment) {
        return new ServiceDatabaseSettings(
                environment.text("BACKUP_DB_HOST", "backup-db"),
                environment.port("BACKUP_DB_PORT", 5432),
                environment.text("BACKUP_DB_NAME", "lifeos_backup"),
                environment.text("BACKUP_DB_USER", "backup"),
                environment.secret("BACKUP_DB_PASSWORD").orElse(null));
    }

    public String jdbcUrl() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {host});
        source.setPortNumbers(new int[] {port});
        source.setDatabaseName(name);
        source.setConnectTimeout((int) CONNECT_TIMEOUT.toSeconds());
        source.setTcpKeepAlive(true);
        return source.getURL();
    }

    /** A connection of one's own, outside any pool. */
    public Connection connect(String applicationName) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(jdbcUrl());
        source.setUser(user);
        source.setPassword(password);
        source.setApplicationName(applicationName);
        source.setSocketTimeout((int) ANSWER_TIMEOUT.toSeconds());
        return source.getConnection();
    }

    /**
     * Waits until the database answers, so that a service that starts together with it need not be
     * started twice.
     *
     * @throws ConfigurationException when it refuses the login, or has not answered when {@code
     *     patience} is over
     */
    public void awaitReachable(Duration patience) throws ConfigurationException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            try (Connection _ = connect("start")) {
                return;
            } catch (SQLException e) {
                SqlFailure failure = SqlFailure.of(e);
                boolean refused =
                        !failure.isUnavailable() || failure.state().equals(CONNECTION_REJECTED);
                if (refused || System.nanoTime() > end) {
                    throw new ConfigurationException(
                            "the service's own database %s cannot be used: %s; check BACKUP_DB_* and that it runs"
                                    .formatted(this, e.getMessage().replaceAll("\\s+", " ")));
                }
                LockSupport.parkNanos(RETRY_AFTER.toNanos());
            }
        }
    }

    @Override
    public String toString() {
        return "%s:%d/%s as %s".formatted(host, port, name, user);
    }
}
