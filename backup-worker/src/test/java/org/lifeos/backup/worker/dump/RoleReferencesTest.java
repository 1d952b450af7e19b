package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class RoleReferencesTest {
    @Test
    void ownersAreNeeded() {
        assertThat(rolesOf("ALTER TABLE public.a OWNER TO ada;")).containsExactly("ada");
        assertThat(rolesOf("ALTER FUNCTION public.f(a text) OWNER TO \"Ada L.\";"))
                .containsExactly("Ada L.");
        assertThat(rolesOf("ALTER LARGE OBJECT 16 OWNER TO ada;")).containsExactly("ada");
        assertThat(rolesOf("ALTER SCHEMA \"owner to bob\" OWNER TO ADA;")).containsExactly("ada");
        assertThat(rolesOf("CREATE SCHEMA s AUTHORIZATION ada;")).containsExactly("ada");
    }

    @Test
    void roleMayBeCalledLikeAWordOfTheStatement() {
        assertThat(rolesOf("ALTER TABLE public.a OWNER TO owner;")).containsExactly("owner");
        assertThat(rolesOf("ALTER TABLE public.owner OWNER TO \"to\";")).containsExactly("to");
        assertThat(rolesOf("ALTER TABLE public.a OWNER TO \"public\";")).containsExactly("public");
        assertThat(rolesOf("GRANT SELECT ON TABLE a TO \"group\";")).containsExactly("group");
        assertThat(
                        rolesOf(
                                "ALTER DEFAULT PRIVILEGES FOR ROLE revoke IN SCHEMA s GRANT SELECT ON TABLES TO role;"))
                .containsExactlyInAnyOrder("revoke", "role");
    }

    @Test
    void oddNamesAreReadAsTheServerReadsThem() {
        assertThat(rolesOf("ALTER TABLE a OWNER TO \"a\"\"b'c; DROP \\ --\";"))
                .containsExactly("a\"b'c; DROP \\ --");
        assertThat(rolesOf("ALTER TABLE a OWNER TO \"ünï 数据 😀\";")).containsExactly("ünï 数据 😀");
        assertThat(rolesOf("ALTER TABLE a OWNER TO a$b_1;")).containsExactly("a$b_1");
    }

    @Test
    void granteesAreNeededAndPublicIsNoRole() {
        assertThat(rolesOf("GRANT SELECT,INSERT ON TABLE public.a TO ada WITH GRANT OPTION;"))
                .containsExactly("ada");
        assertThat(rolesOf("GRANT ALL ON SCHEMA public TO ada, \"Bob\", PUBLIC;"))
                .containsExactlyInAnyOrder("ada", "Bob");
        assertThat(rolesOf("GRANT SELECT(n) ON TABLE public.\"to\" TO GROUP ada;"))
                .containsExactly("ada");
        assertThat(rolesOf("REVOKE ALL ON TABLE public.a FROM ada;")).containsExactly("ada");
        assertThat(rolesOf("REVOKE ALL ON SCHEMA public FROM PUBLIC;")).isEmpty();
        assertThat(rolesOf("GRANT USAGE ON SCHEMA s TO CURRENT_USER;")).isEmpty();
    }

    @Test
    void defaultPrivilegesNameTwoKindsOfRoles() {
        assertThat(
                        rolesOf(
                                "ALTER DEFAULT PRIVILEGES FOR ROLE ada IN SCHEMA s GRANT SELECT ON TABLES TO bob;"))
                .containsExactlyInAnyOrder("ada", "bob");
        assertThat(
                        rolesOf(
                                "ALTER DEFAULT PRIVILEGES FOR ROLE ada REVOKE ALL ON FUNCTIONS FROM PUBLIC;"))
                .containsExactly("ada");
    }

    @Test
    void rolesOfPoliciesAndUserMappingsAreNeeded() {
        assertThat(rolesOf("CREATE POLICY p ON s.t FOR SELECT TO ada, bob USING ((n > 1));"))
                .containsExactlyInAnyOrder("ada", "bob");
        assertThat(
                        rolesOf(
                                "CREATE POLICY \"to\" ON t USING ((i = '1-2'::interval year to month));"))
                .isEmpty();
        assertThat(
                        rolesOf(
                                "CREATE POLICY p ON t FOR INSERT WITH CHECK ((i = '1-2'::interval year to month));"))
                .isEmpty();
        assertThat(rolesOf("CREATE USER MAPPING FOR ada SERVER s OPTIONS (\"user\" 'for bob');"))
                .containsExactly("ada");
        assertThat(rolesOf("CREATE USER MAPPING FOR public SERVER s;")).isEmpty();
    }

    @Test
    void sessionUserIsAString() {
        assertThat(rolesOf("SET SESSION AUTHORIZATION 'it''s ada';")).containsExactly("it's ada");
        assertThat(rolesOf("SET SESSION AUTHORIZATION \"Ada\";")).containsExactly("Ada");
        assertThat(rolesOf("SET SESSION AUTHORIZATION DEFAULT;")).isEmpty();
    }

    @Test
    void whatOnlyLooksLikeOneNeedsNoRole() {
        assertThat(
                        rolesOf(
                                """
                                CREATE TABLE public.a (n text DEFAULT 'OWNER TO ada');
                                COMMENT ON TABLE public.a IS 'GRANT x TO ada;';
                                ALTER TABLE ONLY public.a ALTER COLUMN n SET DEFAULT 'owner to ada';
                                ALTER TABLE public.a RENAME TO ada;
                                CREATE FUNCTION f() AS $$ALTER TABLE a OWNER TO ada;$$;
                                COPY public.a (n) FROM stdin;
                                ALTER TABLE public.a OWNER TO ada;
                                \\.
                                """))
                .isEmpty();
    }

    private static Set<String> rolesOf(String dump) {
        RoleReferences roles = new RoleReferences();
        byte[] bytes = dump.getBytes(UTF_8);
        new PlainDumpReader(roles, new ClusterStatements()).accept(bytes, 0, bytes.length);
        return roles.names();
    }
}
