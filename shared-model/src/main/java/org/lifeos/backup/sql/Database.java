package org.lifeos.backup.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * The service's own database. A transaction is a function of a {@link Session}: it commits when the
 * function returns and rolls back when it throws. Single statements run without one.
 */
public final class Database {
    private final DataSource source;

    public Database(DataSource source) {
        this.source = source;
    }

    public <T> T inTransaction(Function<Session, T> work) {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            T result;
            try {
                result = work.apply(new Session(connection));
            } catch (Throwable failure) {
                rollBack(connection, failure);
                throw failure;
            }
            commit(connection);
            return result;
        } catch (SQLException e) {
            throw SqlFailure.of(e);
        }
    }

    public <T> List<T> list(String sql, Row.Mapper<T> mapper, Object... arguments) {
        return withConnection(session -> session.list(sql, mapper, arguments));
    }

    public <T> Optional<T> first(String sql, Row.Mapper<T> mapper, Object... arguments) {
        return withConnection(session -> session.first(sql, mapper, arguments));
    }

    public int update(String sql, Object... arguments) {
        return withConnection(session -> session.update(sql, arguments));
    }

    private <T> T withConnection(Function<Session, T> work) {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(true);
            return work.apply(new Session(connection));
        } catch (SQLException e) {
            throw SqlFailure.of(e);
        }
    }

    private static void commit(Connection connection) throws SQLException {
        try {
            connection.commit();
        } catch (SQLException e) {
            throw SqlFailure.atCommit(e);
        }
        connection.setAutoCommit(true);
    }

    private static void rollBack(Connection connection, Throwable failure) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }
}
