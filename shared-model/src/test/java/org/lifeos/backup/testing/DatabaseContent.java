package org.lifeos.backup.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a database holds, so that two can be compared: rows, sequences, large objects, and the
 * definitions of everything else.
 *
 * <p>Independent of the order of rows and columns, of object ids and of the session's settings. It
 * knows nothing of the service's own fingerprint, on purpose: it is there to check it.
 *
 * @param tables by qualified name; materialised views too, and all large objects as one
 * @param sequences by qualified name, {@code last_value} and {@code is_called}
 * @param definitions by kind and qualified name: columns, indexes, constraints, functions, views,
 *     triggers, types, owners and privileges
 */
public record DatabaseContent(
        SortedMap<String, Table> tables,
        SortedMap<String, String> sequences,
        SortedMap<String, String> definitions) {

    /**
     * A table's rows.
     *
     * @param hash of all rows in any order
     */
    public record Table(long rows, String hash) {}

    private static final String SESSION =
            """
            SET LOCAL search_path = '';
            SET LOCAL timezone = 'UTC';
            SET LOCAL datestyle = 'ISO, YMD';
            SET LOCAL intervalstyle = 'postgres';
            SET LOCAL bytea_output = 'hex';
            SET LOCAL extra_float_digits = 1;
            """;

    /**
     * For each table and filled materialised view the statement that counts and hashes its rows.
     */
    private static final String TABLES =
            """
            SELECT format('%I.%I', n.nspname, c.relname) AS name,
                   format($$
                       SELECT count(*),
                              coalesce(sum(('x' || left(h, 16))::bit(64)::bigint), 0)::text || '/' ||
                              coalesce(sum(('x' || right(h, 16))::bit(64)::bigint), 0)::text
                       FROM (SELECT md5(ROW(%s)::text) AS h FROM ONLY %I.%I t) rows
                       $$,
                       (SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attname)
                        FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
                       n.nspname, c.relname) AS statement
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated)
              AND c.relpersistence <> 't'
              AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
            UNION ALL
            SELECT 'large objects',
                   $$
                   SELECT count(*), md5(coalesce(string_agg(oid || md5(lo_get(oid)), ',' ORDER BY oid), ''))
                   FROM pg_largeobject_metadata
                   $$
            """;

    private static final String SEQUENCES =
            """
            SELECT format('%I.%I', n.nspname, c.relname) AS name,
                   format($$SELECT last_value || ' ' || is_called FROM %I.%I$$, n.nspname, c.relname)
                       AS statement
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'S' AND c.relpersistence <> 't'
            """;

    private static final String DEFINITIONS =
            """
            WITH relation AS (
                SELECT c.*, format('%I.%I', n.nspname, c.relname) AS name
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relpersistence <> 't'
                  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
            ), function AS (
                SELECT p.*, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
                       AS name
                FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
            )
            SELECT 'relation ' || name,
                   format('%s of %s, %s', relkind, pg_get_userbyid(relowner), ARRAY(
                       SELECT acl::text
                       FROM unnest(coalesce(relacl, acldefault(
                                CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) acl
                       ORDER BY 1))
            FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            UNION ALL
            SELECT format('column %s.%I', name, a.attname),
                   concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                             a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
            FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
            WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
            UNION ALL
            SELECT 'index ' || name, pg_get_indexdef(oid) FROM relation WHERE relkind IN ('i', 'I')
            UNION ALL
            SELECT 'view ' || name, pg_get_viewdef(oid) FROM relation WHERE relkind IN ('v', 'm')
            UNION ALL
            SELECT format('constraint %I of %s', conname, coalesce(name, contypid::regtype::text)),
                   pg_get_constraintdef(k.oid)
            FROM pg_constraint k LEFT JOIN relation ON relation.oid = k.conrelid
            WHERE name IS NOT NULL
               OR contypid IN (SELECT oid FROM pg_type WHERE typnamespace NOT IN
                               ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))
            UNION ALL
            SELECT format('trigger %I of %s', tgname, name), pg_get_triggerdef(t.oid)
            FROM pg_trigger t JOIN relation ON relation.oid = t.tgrelid WHERE NOT tgisinternal
            UNION ALL
            SELECT 'function ' || name, pg_get_functiondef(oid) FROM function WHERE prokind <> 'a'
            UNION ALL
            SELECT 'aggregate ' || name, pg_get_function_result(oid) FROM function WHERE prokind = 'a'
            UNION ALL
            SELECT 'enum ' || enumtypid::regtype::text, string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
            FROM pg_enum GROUP BY enumtypid
            UNION ALL
            SELECT 'extension ' || extname, extversion FROM pg_extension
            """;

    /** Reads a whole database as its server's superuser, in one snapshot. */
    public static DatabaseContent of(PostgresServer server, String database) {
        try (Connection connection = server.connect(database)) {
            return of(connection);
        } catch (SQLException e) {
            throw new IllegalStateException("cannot read " + database + ": " + e.getMessage(), e);
        }
    }

    /** Reads a whole database in one snapshot; ends the session's transaction. */
    public static DatabaseContent of(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            statement.execute(SESSION);
            SortedMap<String, Table> tables = new TreeMap<>();
            for (var table : pairs(statement, TABLES).entrySet()) {
                tables.put(table.getKey(), table(statement, table.getValue()));
            }
            SortedMap<String, String> sequences = new TreeMap<>();
            for (var sequence : pairs(statement, SEQUENCES).entrySet()) {
                sequences.put(sequence.getKey(), text(statement, sequence.getValue()));
            }
            return new DatabaseContent(tables, sequences, pairs(statement, DEFINITIONS));
        } finally {
            connection.rollback();
        }
    }

    /** The rows of all tables. */
    public long rows() {
        return tables.values().stream().mapToLong(Table::rows).sum();
    }

    /**
     * One line for each thing that is not the same in the other database; empty when nothing
     * differs.
     */
    public List<String> differencesTo(DatabaseContent other) {
        List<String> lines = new ArrayList<>();
        compare("table", tables, other.tables, lines);
        compare("sequence", sequences, other.sequences, lines);
        compare("definition:", definitions, other.definitions, lines);
        return lines;
    }

    private static <T> void compare(
            String what, SortedMap<String, T> these, SortedMap<String, T> those, List<String> out) {
        SortedMap<String, T> all = new TreeMap<>(these);
        all.putAll(those);
        for (String name : all.keySet()) {
            T here = these.get(name);
            T there = those.get(name);
            if (!Objects.equals(here, there)) {
                out.add("%s %s: %s, there %s".formatted(what, name, here, there));
            }
        }
    }

    private static SortedMap<String, String> pairs(Statement statement, String sql)
            throws SQLException {
        SortedMap<String, String> pairs = new TreeMap<>();
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                pairs.put(rows.getString(1), rows.getString(2));
            }
        }
        return pairs;
    }

    private static Table table(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return new Table(rows.getLong(1), rows.getString(2));
        }
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
