package org.lifeos.backup.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Statements on one connection. All failures are {@link SqlFailure}. */
public final class Session {
    private final Connection connection;

    Session(Connection connection) {
        this.connection = connection;
    }

    /** The rows of a statement; also of an UPDATE or INSERT that has a RETURNING clause. */
    public <T> List<T> list(String sql, Row.Mapper<T> mapper, Object... arguments) {
        try (PreparedStatement statement = prepare(sql, arguments);
                ResultSet result = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            Row row = new Row(result);
            while (result.next()) {
                rows.add(mapper.map(row));
            }
            return rows;
        } catch (SQLException e) {
            throw SqlFailure.of(e);
        }
    }

    public <T> Optional<T> first(String sql, Row.Mapper<T> mapper, Object... arguments) {
        return list(sql, mapper, arguments).stream().findFirst();
    }

    /**
     * Runs the statement and returns how many rows it touched. Every guarded write looks at that
     * number.
     */
    public int update(String sql, Object... arguments) {
        try (PreparedStatement statement = prepare(sql, arguments)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw SqlFailure.of(e);
        }
    }

    private PreparedStatement prepare(String sql, Object... arguments) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < arguments.length; i++) {
                bind(statement, i + 1, arguments[i]);
            }
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }

    private void bind(PreparedStatement statement, int index, Object argument) throws SQLException {
        switch (argument) {
            case null -> statement.setObject(index, null);
            case Instant instant -> statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
            case Duration duration -> statement.setLong(index, duration.toMillis());
            case Enum<?> constant -> statement.setString(index, constant.name());
            case String[] texts ->
                    statement.setArray(index, connection.createArrayOf("text", texts));
            default -> statement.setObject(index, argument);
        }
    }
}
