package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.ProjectRoot;

/** Whatever PostgreSQL can hold is backed up, proven and swapped in without a false alarm. */
class EveryContentTest {
    /** A plain dump of the database that PostgreSQL's own regression tests leave behind. */
    private static final String REGRESSION_DUMP = "REGRESSION_DUMP";

    private static final Path UNKIND =
            ProjectRoot.find()
                    .resolve(
                            "backup-worker/src/test/resources/org/lifeos/backup/worker/dump/unkind-database.sql");

    private static PostgresServer server;
    private static Stack stack;
    private static String name;

    @BeforeAll
    static void start() {
        server =
                PostgresServer.start(
                        Map.of("wal_level", "logical", "max_prepared_transactions", "5"));
        stack = Stack.start(Stack.Setup.standard().targetServer(server));
        name = stack.targetDatabase();
        server.dropDatabase(name);
    }

    @AfterAll
    static void stop() {
        stack.close();
        server.close();
    }

    @BeforeEach
    void emptyTarget() {
        server.execute("postgres", "CREATE DATABASE %s TEMPLATE template0".formatted(name));
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(databases("lifeos\\_restore\\_%")).isEmpty();
        databases(name + "%").forEach(EveryContentTest::drop);
    }

    /** A database with a subscription cannot be dropped. */
    private static void drop(String database) {
        server.rows(
                        database,
                        """
                        SELECT format('ALTER SUBSCRIPTION %1$I DISABLE; ALTER SUBSCRIPTION %1$I SET (slot_name = NONE);', subname),
                               format('DROP SUBSCRIPTION %I', subname)
                        FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()
                        """)
                .forEach(row -> row.forEach(sql -> server.execute(database, sql)));
        server.dropDatabase(database);
    }

    private static List<String> databases(String like) {
        return server
                .rows(
                        "postgres",
                        "SELECT datname FROM pg_database WHERE datname LIKE '%s'".formatted(like))
                .stream()
                .map(List::getFirst)
                .toList();
    }

    @Test
    void regressionDatabaseComesBackEqual() {
        Path dump = regressionDump();
        boolean isThere = Files.isRegularFile(dump);
        if (!isThere) {
            System.out.printf("skipped: no dump at %s; %s may name one%n", dump, REGRESSION_DUMP);
        }
        assumeTrue(isThere, "no dump of the regression database at " + dump);
        assumeTrue(server.major() == 15, "it is a dump of PostgreSQL 15");
        loadWhatWorks(dump);
        JsonPath job = comesBackEqual();
        assertThat(job.getInt("result.tables")).isGreaterThan(150);
        System.out.printf(
                "regression database: %d tables and %d rows proven and swapped in%n",
                job.getInt("result.tables"), job.getInt("result.rows"));
    }

    @Test
    void unkindDatabaseComesBackEqual() {
        server.runScript(name, UNKIND);
        comesBackEqual();
    }

    /** Proves a backup of the target, and has it replace what became of the target meanwhile. */
    private static JsonPath comesBackEqual() {
        DatabaseContent original = DatabaseContent.of(server, name);
        List<List<String>> roles = roles();
        String id = backUp();
        JsonPath proof = ok(verify(id));
        assertThat(proof.getList("result.differences")).isEmpty();
        assertThat(roles()).isEqualTo(roles);
        server.execute(name, "CREATE SCHEMA not_in_the_backup");
        JsonPath job = ok(restore(id));
        assertThat(job.getBoolean("result.verified")).isTrue();
        assertThat(job.getList("result.errors")).isEmpty();
        assertThat(DatabaseContent.of(server, name).rows()).isEqualTo(original.rows());
        assertThat(original.differencesTo(DatabaseContent.of(server, name)))
                .noneMatch(line -> line.startsWith("table ") || line.startsWith("sequence "));
        assertThat(
                        server.rows(
                                name,
                                "SELECT 1 FROM pg_namespace WHERE nspname = 'not_in_the_backup'"))
                .isEmpty();
        assertThat(ok(verify(backUp())).getList("result.differences")).isEmpty();
        return job;
    }

    @Test
    void preparedTransactionsPreventSwapAndRollback() throws SQLException {
        server.execute(name, "CREATE TABLE t AS SELECT 1 AS n");
        String id = backUp();
        JsonPath restored = ok(restore(id));
        prepare();
        try {
            assertProblem("prepared-transactions", restore(id));
            assertProblem("prepared-transactions", rollBack(restored.getString("id")));
            assertThat(server.rows(name, "SELECT n FROM t")).containsExactly(List.of("1"));
        } finally {
            server.execute(name, "ROLLBACK PREPARED 'pending'");
        }
        ok(rollBack(restored.getString("id")));
        ok(restore(id));
    }

    private static void prepare() throws SQLException {
        try (Connection connection = server.connect(name)) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO t VALUES (2)");
                statement.execute("PREPARE TRANSACTION 'pending'");
            }
        }
    }

    @Test
    void rolesThatAreGoneAreMadeForARestoreAndNotKeptByATrial() {
        server.execute(
                name,
                """
                CREATE ROLE "gone owner" LOGIN PASSWORD 'of the gone' CONNECTION LIMIT 3;
                CREATE ROLE gone_reader;
                CREATE ROLE stays;
                CREATE TABLE owned AS SELECT 1 AS n;
                ALTER TABLE owned OWNER TO "gone owner";
                GRANT SELECT ON owned TO gone_reader, stays;
                """);
        DatabaseContent original = DatabaseContent.of(server, name);
        String id = backUp();
        server.execute(
                name,
                """
                REASSIGN OWNED BY "gone owner" TO lifeos;
                DROP OWNED BY "gone owner", gone_reader;
                DROP ROLE "gone owner";
                DROP ROLE gone_reader;
                ALTER ROLE stays CONNECTION LIMIT 7;
                """);
        List<List<String>> roles = roles();

        assertThat(ok(verify(id)).getList("result.differences")).isEmpty();
        assertThat(roles()).isEqualTo(roles);

        JsonPath job = ok(restore(id));
        assertThat(job.getList("result.createdRoles", String.class))
                .containsExactlyInAnyOrder("gone owner", "gone_reader");
        assertThat(original.differencesTo(DatabaseContent.of(server, name))).isEmpty();
        assertThat(
                        server.rows(
                                "postgres",
                                "SELECT rolname, rolcanlogin, rolconnlimit FROM pg_roles WHERE rolname ~ 'gone|stays' ORDER BY 1"))
                .containsExactly(
                        List.of("gone owner", "t", "3"),
                        List.of("gone_reader", "f", "-1"),
                        List.of("stays", "f", "7"));
    }

    /** Errors are not fatal: a DROP of a dump can fail. */
    private static void loadWhatWorks(Path packed) {
        List<String> command = new ArrayList<>();
        command.addAll(
                List.of(
                        "sh",
                        "-c",
                        "gunzip -c \"$1\" | \"$2\" -X -q -d \"$3\" > /dev/null 2>&1",
                        "sh",
                        packed.toString(),
                        server.bin().map(bin -> bin.resolve("psql").toString()).orElse("psql"),
                        name));
        CommandRun.of(
                        new CommandRun.Setting(
                                Path.of("/"),
                                null,
                                Map.of(
                                        "PGHOST", server.host(),
                                        "PGPORT", "" + server.port(),
                                        "PGUSER", server.superuser(),
                                        "PGPASSWORD", server.password())),
                        command)
                .orThrow();
    }

    private static Path regressionDump() {
        String named = System.getProperty(REGRESSION_DUMP, System.getenv(REGRESSION_DUMP));
        return named != null
                ? Path.of(named)
                : ProjectRoot.find().resolveSibling("shared/data/regression-15.sql.gz");
    }

    private static List<List<String>> roles() {
        return server.rows(
                "postgres",
                "SELECT rolname, rolcanlogin, rolconnlimit, rolsuper FROM pg_roles ORDER BY 1");
    }

    private static String backUp() {
        return ok(stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=100")
                        .post("/api/v1/backups"))
                .getString("result.backupId");
    }

    private static Response verify(String id) {
        return stack.given(stack.tokens().operator())
                .header("Prefer", "wait=100")
                .body(Map.of("level", "restore"))
                .post("/api/v1/backups/{id}/verifications", id);
    }

    private static Response restore(String id) {
        return stack.given(stack.tokens().admin())
                .header("Prefer", "wait=100")
                .body(Map.of("backup", id, "confirm", name))
                .post("/api/v1/restores");
    }

    private static Response rollBack(String restore) {
        return stack.given(stack.tokens().admin())
                .header("Prefer", "wait=100")
                .body(Map.of("confirm", name))
                .post("/api/v1/restores/{id}/rollback", restore);
    }

    private static JsonPath ok(Response answer) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static void assertProblem(String code, Response answer) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(409);
        assertThat(answer.jsonPath().getString("code")).isEqualTo(code);
    }
}
