package org.lifeos.backup.sql;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.json.Json;

/**
 * One row of a result, read by column name. A null column is null here too; primitives are for
 * columns that are never null.
 */
public final class Row {
    /** Makes a value of a row. */
    @FunctionalInterface
    public interface Mapper<T> {
        T map(Row row) throws SQLException;
    }

    private final ResultSet result;

    Row(ResultSet result) {
        this.result = result;
    }

    public String text(String column) throws SQLException {
        return result.getString(column);
    }

    /** An array of texts, none of them null. */
    public List<String> texts(String column) throws SQLException {
        Array array = result.getArray(column);
        try {
            return List.of((String[]) array.getArray());
        } finally {
            array.free();
        }
    }

    public UUID uuid(String column) throws SQLException {
        return result.getObject(column, UUID.class);
    }

    public Instant instant(String column) throws SQLException {
        OffsetDateTime value = result.getObject(column, OffsetDateTime.class);
        return value == null ? null : value.toInstant();
    }

    public int integer(String column) throws SQLException {
        return result.getInt(column);
    }

    public long bigint(String column) throws SQLException {
        return result.getLong(column);
    }

    public Long bigintOrNull(String column) throws SQLException {
        return result.getObject(column, Long.class);
    }

    public boolean bool(String column) throws SQLException {
        return result.getBoolean(column);
    }

    public <T> T json(String column, Class<T> type) throws SQLException {
        return Optional.ofNullable(text(column)).map(json -> Json.read(json, type)).orElse(null);
    }
}
