package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterStatementsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "DROP DATABASE victim;",
                "  drop\n\tdatabase if exists victim;",
                "DROP /* a /* nested */ comment */ DATABASE victim;",
                "DROP -- a comment\n DATABASE victim;",
                "CREATE ROLE evil SUPERUSER;",
                "CREATE USER evil;",
                "CREATE USER \"mapping\";",
                "ALTER ROLE postgres PASSWORD 'x';",
                "ALTER USER postgres PASSWORD 'x';",
                "DROP GROUP readers;",
                "ALTER SYSTEM SET work_mem = '5MB';",
                "ALTER DATABASE lifeos SET work_mem = '5MB';",
                "CREATE TABLESPACE fast LOCATION '/mnt';",
                "GRANT admins TO evil;",
                "REVOKE admins FROM owner;",
                "REASSIGN OWNED BY lifeos TO evil;",
                "DROP OWNED BY lifeos;"
            })
    void statementThatReachesBeyondTheDatabaseIsNamed(String statement) {
        assertThat(first(statement)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE USER MAPPING FOR reader SERVER far;",
                "DROP USER MAPPING IF EXISTS FOR reader SERVER far;",
                "GRANT SELECT ON TABLE public.users TO reader;",
                "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
                "ALTER TABLE public.database OWNER TO role;",
                "ALTER DEFAULT PRIVILEGES FOR ROLE lifeos GRANT SELECT ON TABLES TO reader;",
                "CREATE TABLE public.role (system text);",
                "DROP TABLE IF EXISTS public.tablespace;",
                "SELECT pg_catalog.set_config('search_path', '', false);",
                "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $$ DROP DATABASE x; $$;",
                "COMMENT ON TABLE public.users IS 'DROP DATABASE x';"
            })
    void whatPgDumpWritesIsNot(String statement) {
        assertThat(first(statement)).isEmpty();
    }

    private static Optional<String> first(String statement) {
        ClusterStatements statements = new ClusterStatements();
        byte[] bytes = ("SET row_security = off;\n" + statement + "\n").getBytes(UTF_8);
        new PlainDumpReader(new RoleReferences(), statements).accept(bytes, 0, bytes.length);
        return statements.first();
    }
}
