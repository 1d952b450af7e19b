package org.lifeos.backup.worker.restore;

import static org.lifeos.backup.worker.restore.SideDatabases.quoted;
import static org.lifeos.backup.worker.restore.SideDatabases.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a database has besides its content, and a dump does not hold: owner, privileges, connection
 * limit, comment, whether it is a template, and the settings of {@code ALTER DATABASE … SET} and
 * {@code ALTER ROLE … IN DATABASE … SET}.
 */
final class DatabaseTraits {
    private final Connection connection;
    private final String from;
    private final String to;

    /**
     * @param connection to any database of the server, in a transaction
     */
    private DatabaseTraits(Connection connection, String from, String to) {
        this.connection = connection;
        this.from = from;
        this.to = to;
    }

    /** Gives one database what another one has. */
    static void copy(Connection connection, String from, String to) throws SQLException {
        DatabaseTraits traits = new DatabaseTraits(connection, from, to);
        traits.ownerAndLimit();
        traits.settings();
        traits.privileges();
    }

    private void ownerAndLimit() throws SQLException {
        List<String> statements =
                statements(
                        """
                        select format('ALTER DATABASE %I OWNER TO %I', ?, pg_get_userbyid(datdba)) from pg_database where datname = ?
                        union all
                        select format('ALTER DATABASE %I CONNECTION LIMIT %s', ?, datconnlimit) from pg_database where datname = ?
                        union all
                        select format('ALTER DATABASE %I IS_TEMPLATE %s', ?, datistemplate::text) from pg_database where datname = ?
                        union all
                        select format('COMMENT ON DATABASE %I IS %L', ?, shobj_description(oid, 'pg_database'))
                        from pg_database where datname = ? and shobj_description(oid, 'pg_database') not like ? || '%'
                        """,
                        to, from, to, from, to, from, to, from, SideDatabases.MARK);
        for (String statement : statements) {
            run(connection, statement);
        }
    }

    /** Lists like search_path are kept as they stand in the catalogue. */
    private void settings() throws SQLException {
        List<String> statements =
                statements(
                        """
                        select case when s.setrole = 0
                                    then format('ALTER DATABASE %I SET %s', ?, v.assignment)
                                    else format('ALTER ROLE %I IN DATABASE %I SET %s', pg_get_userbyid(s.setrole), ?, v.assignment) end
                        from pg_db_role_setting s
                        join pg_database d on d.oid = s.setdatabase,
                             unnest(s.setconfig) c,
                             lateral (select split_part(c, '=', 1) as name, substr(c, strpos(c, '=') + 1) as value) n,
                             lateral (select string_agg(quote_ident(part), '.') as name
                                      from unnest(string_to_array(n.name, '.')) part) q,
                             lateral (select q.name || ' = ' || case when n.name in
                                          ('search_path', 'temp_tablespaces', 'session_preload_libraries',
                                           'local_preload_libraries', 'shared_preload_libraries', 'unix_socket_directories')
                                      then case when n.value in ('', '""') then '''''' else n.value end
                                      else quote_literal(n.value) end as assignment) v
                        where d.datname = ?
                        """,
                        to, to, from);
        for (String statement : statements) {
            run(connection, statement);
        }
    }

    /**
     * Null privileges are the defaults of every new database. The others are given in their order,
     * each by whom it came from: a grant taken back later takes along what was granted further.
     */
    private void privileges() throws SQLException {
        if (!statements("select 'x' from pg_database where datname = ? and datacl is null", from)
                .isEmpty()) {
            return;
        }
        String owner =
                statements(
                                "select quote_ident(pg_get_userbyid(datdba)) from pg_database where datname = ?",
                                from)
                        .getFirst();
        run(connection, "SET LOCAL ROLE " + owner);
        run(connection, "REVOKE ALL ON DATABASE %s FROM PUBLIC, %s".formatted(quoted(to), owner));
        run(connection, "RESET ROLE");
        for (String statement : grants()) {
            run(connection, statement);
        }
        run(connection, "RESET ROLE");
    }

    /** Each GRANT after the role that grants it: the owner, where this user may not be that one. */
    private List<String> grants() throws SQLException {
        return statements(
                """
                select statement
                from pg_database d,
                     lateral aclexplode(d.datacl) with ordinality a (grantor, grantee, privilege, grantable, nr),
                     lateral (select case when pg_has_role(a.grantor, 'MEMBER') then a.grantor else d.datdba end as by) g,
                     lateral (values (1, format('SET LOCAL ROLE %I', pg_get_userbyid(g.by))),
                                     (2, format('GRANT %s ON DATABASE %I TO %s%s', a.privilege, ?,
                                          case when a.grantee = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(a.grantee)) end,
                                          case when a.grantable then ' WITH GRANT OPTION' else '' end))) s (step, statement)
                where d.datname = ?
                order by g.by <> d.datdba, a.nr, s.step
                """,
                to, from);
    }

    private List<String> statements(String query, String... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setString(i + 1, arguments[i]);
            }
            List<String> found = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    found.add(result.getString(1));
                }
            }
            return found;
        }
    }
}
