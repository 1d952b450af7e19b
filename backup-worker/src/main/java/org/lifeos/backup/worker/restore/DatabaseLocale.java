package org.lifeos.backup.worker.restore;

import static org.lifeos.backup.worker.restore.SideDatabases.quoted;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Encoding, locale and tablespace of a database, as options of CREATE DATABASE: what cannot be
 * changed once it is made. The catalogue's columns for them differ from PostgreSQL 15 to 17.
 */
final class DatabaseLocale {
    private DatabaseLocale() {}

    /** Of the database of this name; empty where there is none, so that the server decides. */
    static String optionsLike(Connection connection, String database) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        select pg_encoding_to_char(d.encoding) as encoding, d.datcollate, d.datctype,
                               to_jsonb(d) ->> 'datlocprovider' as provider,
                               coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale,
                               to_jsonb(d) ->> 'daticurules' as rules,
                               case when d.dattablespace <> template.dattablespace then t.spcname end as tablespace
                        from pg_database d join pg_tablespace t on t.oid = d.dattablespace,
                             pg_database template
                        where d.datname = ? and template.datname = 'template0'
                        """)) {
            statement.setString(1, database);
            try (ResultSet found = statement.executeQuery()) {
                return found.next() ? options(found) : "";
            }
        }
    }

    private static String options(ResultSet database) throws SQLException {
        StringBuilder options = new StringBuilder();
        option(options, " ENCODING ", database.getString("encoding"));
        option(options, " LC_COLLATE ", database.getString("datcollate"));
        option(options, " LC_CTYPE ", database.getString("datctype"));
        String provider = database.getString("provider");
        if ("i".equals(provider)) {
            options.append(" LOCALE_PROVIDER icu");
            option(options, " ICU_LOCALE ", database.getString("locale"));
            option(options, " ICU_RULES ", database.getString("rules"));
        } else if ("b".equals(provider)) {
            options.append(" LOCALE_PROVIDER builtin");
            option(options, " BUILTIN_LOCALE ", database.getString("locale"));
        }
        String tablespace = database.getString("tablespace");
        if (tablespace != null) {
            // naming even the default one takes a right that an ordinary owner has not
            options.append(" TABLESPACE ").append(quoted(tablespace));
        }
        return options.toString();
    }

    private static void option(StringBuilder options, String keyword, String value) {
        if (value != null) {
            options.append(keyword).append('\'').append(value.replace("'", "''")).append('\'');
        }
    }
}
