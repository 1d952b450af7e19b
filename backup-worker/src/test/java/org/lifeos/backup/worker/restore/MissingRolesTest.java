package org.lifeos.backup.worker.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.catalog.RolesFile;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.dump.RoleScript;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.testing.AttemptBench;

class MissingRolesTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final String ODD = "rt \"odd\" 'ünï'; \\ --";
    private static final String ROLES =
            """
            SELECT rolname, rolsuper::text, rolcanlogin::text, rolcreatedb::text, rolconnlimit::text, rolpassword,
                   rolvaliduntil::text, shobj_description(a.oid, 'pg_authid'),
                   (SELECT setconfig::text FROM pg_db_role_setting WHERE setrole = a.oid AND setdatabase = 0)
            FROM pg_authid a WHERE rolname LIKE 'rt %' ORDER BY 1
            """;
    private static final String MEMBERS =
            """
            SELECT r.rolname, m.rolname, admin_option::text FROM pg_auth_members
            JOIN pg_roles r ON r.oid = roleid JOIN pg_roles m ON m.oid = member
            WHERE r.rolname LIKE 'rt %' OR m.rolname LIKE 'rt %' ORDER BY 1, 2
            """;

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @BeforeEach
    void makeRoles() {
        SERVER.execute(
                "postgres",
                """
                CREATE ROLE "rt login" LOGIN PASSWORD 'of login' CONNECTION LIMIT 7 VALID UNTIL '2031-01-01 00:00:00+00';
                CREATE ROLE "rt group" CREATEDB;
                CREATE ROLE %1$s LOGIN PASSWORD 'of odd';
                GRANT "rt group" TO "rt login" WITH ADMIN OPTION;
                GRANT pg_read_all_data TO "rt group";
                GRANT "rt login" TO %1$s;
                ALTER ROLE "rt login" SET search_path = '$user', 'odd, one';
                COMMENT ON ROLE "rt login" IS 'it''s; CREATE ROLE "rt phantom"';
                """
                        .formatted(SideDatabases.quoted(ODD)));
    }

    @AfterEach
    void dropRoles() {
        SERVER.rows("postgres", "SELECT rolname FROM pg_roles WHERE rolname LIKE 'rt %'")
                .forEach(row ->
                        SERVER.execute(
                                "postgres", "DROP ROLE " + SideDatabases.quoted(row.getFirst())));
    }

    @Test
    void missingRolesAreMadeAsTheyWereWithPasswordsAndMemberships() {
        List<List<String>> before = SERVER.rows("postgres", ROLES);
        List<List<String>> members = SERVER.rows("postgres", MEMBERS);
        RoleScript saved = saved();
        assertThat(saved.roles())
                .contains("rt login", "rt group", ODD)
                .doesNotContain("rt phantom");
        dropRoles();

        assertThat(create(superuser(), saved, Set.of("rt group")))
                .containsExactlyInAnyOrder("rt login", "rt group", ODD);

        assertThat(SERVER.rows("postgres", ROLES)).isEqualTo(before);
        assertThat(members).hasSize(3);
        assertThat(SERVER.rows("postgres", MEMBERS)).isEqualTo(members);
    }

    @Test
    void rolesThatExistAreNeverAltered() {
        RoleScript saved = saved();
        SERVER.execute(
                "postgres",
                """
                ALTER ROLE "rt login" NOLOGIN PASSWORD 'another' SUPERUSER;
                ALTER ROLE "rt login" RESET search_path;
                COMMENT ON ROLE "rt login" IS NULL;
                REVOKE "rt group" FROM "rt login";
                REVOKE pg_read_all_data FROM "rt group";
                """);
        List<List<String>> before = SERVER.rows("postgres", ROLES);
        List<List<String>> members = SERVER.rows("postgres", MEMBERS);

        assertThat(create(superuser(), saved, saved.roles())).isEmpty();

        assertThat(SERVER.rows("postgres", ROLES)).isEqualTo(before);
        assertThat(SERVER.rows("postgres", MEMBERS)).isEqualTo(members);
    }

    @Test
    void roleThatWasNotSavedMayNotLogIn() {
        assertThat(create(superuser(), RoleScript.parse(""), Set.of("rt \"new\" one", "pg_none")))
                .containsExactly("rt \"new\" one");
        assertThat(
                        SERVER.rows(
                                "postgres",
                                "SELECT rolcanlogin::text, rolsuper::text FROM pg_roles WHERE rolname = 'rt \"new\" one'"))
                .containsExactly(List.of("false", "false"));
        assertThat(SERVER.rows("postgres", "SELECT 1 FROM pg_roles WHERE rolname = 'pg_none'"))
                .isEmpty();
    }

    @Test
    void roleThatHasNothingToDoWithTheDumpStaysAway() {
        RoleScript saved =
                RoleScript.parse(
                        """
                        CREATE ROLE "rt boss";
                        ALTER ROLE "rt boss" WITH SUPERUSER LOGIN;
                        CREATE ROLE "rt reader";
                        CREATE ROLE "rt app";
                        GRANT "rt reader" TO "rt app";
                        """);
        assertThat(create(superuser(), saved, Set.of("rt reader")))
                .containsExactly("rt app", "rt reader");
    }

    @Test
    void membershipThatSomebodyElseGrantedIsGranted() {
        RoleScript saved =
                RoleScript.parse(
                        """
                        CREATE ROLE "rt new";
                        GRANT "rt group" TO "rt new" GRANTED BY "rt gone";
                        """);
        create(superuser(), saved, Set.of("rt new"));
        assertThat(SERVER.rows("postgres", MEMBERS))
                .contains(List.of("rt group", "rt new", "false"));
    }

    @Test
    void userWhoMayCreateNoRolesIsToldWhichOneIsNeeded() {
        SERVER.execute("postgres", "CREATE ROLE \"rt poor\" LOGIN PASSWORD 'poor'");
        Target poor =
                new Target("roles", SERVER.host(), SERVER.port(), "postgres", "rt poor", "poor");
        RoleScript saved = RoleScript.parse("CREATE ROLE \"rt new\";");

        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class, () -> create(poor, saved, Set.of("rt new")));

        assertThat(problem.code()).isEqualTo(ProblemCode.TARGET_PERMISSION_DENIED);
        assertThat(problem.detail()).contains("rt new").contains("may not create roles");
        assertThat(create(poor, saved, Set.of("rt login"))).isEmpty();
    }

    @Test
    void noRoleIsMadeFromAFileThatIsNotTheOneWhichWasSaved(@TempDir Path folder)
            throws IOException {
        RestoreBench bench = new RestoreBench(SERVER, folder);
        StoredDump dump = bench.dump("SELECT 1;");
        Files.writeString(dump.roles(), "CREATE ROLE \"rt new\" SUPERUSER;");
        String name = dump.roles().getFileName().toString();
        SavedRoles changed =
                SavedRoles.of(dump, Optional.of(new RolesFile(name, true, "ab".repeat(32))));

        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class,
                        () ->
                                MissingRoles.asSaved(BENCH.begin(), superuser(), changed)
                                        .create(Set.of("rt new", "rt login")));

        assertThat(problem.code()).isEqualTo(ProblemCode.BACKUP_CORRUPT);
        assertThat(problem.detail()).contains(name).contains("lacks: rt new.");
        assertThat(SERVER.rows("postgres", "SELECT 1 FROM pg_roles WHERE rolname = 'rt new'"))
                .isEmpty();
        assertThat(
                        MissingRoles.asSaved(BENCH.begin(), superuser(), changed)
                                .create(Set.of("rt login")))
                .isEmpty();

        for (String sha256 :
                Arrays.asList(null, RestoreBench.sha256(Files.readAllBytes(dump.roles())))) {
            SavedRoles own = SavedRoles.of(dump, Optional.of(new RolesFile(name, true, sha256)));
            assertThat(own.script().roles()).as("%s", sha256).containsExactly("rt new");
        }
    }

    private static List<String> create(Target target, RoleScript saved, Set<String> needed) {
        return MissingRoles.asSaved(BENCH.begin(), target, SavedRoles.believed(saved))
                .create(needed);
    }

    private static Target superuser() {
        return new Target(
                "roles",
                SERVER.host(),
                SERVER.port(),
                "postgres",
                SERVER.superuser(),
                SERVER.password());
    }

    /** By the real pg_dumpall. */
    private static RoleScript saved() {
        String sql =
                CommandRun.of(
                                new CommandRun.Setting(
                                        Path.of("/"),
                                        null,
                                        Map.of("PGPASSWORD", SERVER.password())),
                                List.of(
                                        SERVER.bin().orElseThrow().resolve("pg_dumpall").toString(),
                                        "--globals-only",
                                        "--host=" + SERVER.host(),
                                        "--port=" + SERVER.port(),
                                        "--username=" + SERVER.superuser()))
                        .orThrow();
        return RoleScript.parse(sql);
    }
}
