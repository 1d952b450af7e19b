package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.ProjectRoot;

/** A backup restored in the place of the database that it was taken of. */
class SwapRestoreTest {
    private static final Path SAMPLE =
            ProjectRoot.find().resolve("scripts/support/sample-database.sql");

    private Stack stack;
    private PostgresServer server;
    private String name;

    @BeforeEach
    void start() {
        stack = Stack.start(Stack.Setup.standard());
        server = stack.targetServer();
        name = stack.targetDatabase();
    }

    @AfterEach
    void stop() {
        assertThat(databases("lifeos\\_restore\\_%")).isEmpty();
        stack.close();
    }

    @Test
    void nameAnswersWithTheBackupAndWhatWasThereBeforeIsKept() {
        DatabaseContent backedUp = content(name);
        String id = backup();
        server.execute(
                name, "TRUNCATE public.images CASCADE; CREATE TABLE public.later (n integer)");
        DatabaseContent changed = content(name);

        JsonPath job = restored(id, Map.of());
        assertThat(job.getString("result.database")).isEqualTo(name);
        assertThat(job.getBoolean("result.verified")).isTrue();
        assertThat(backedUp.differencesTo(content(name))).isEmpty();
        String previous = job.getString("result.previousDatabase");
        assertThat(previous).startsWith(name + "_before_");
        assertThat(changed.differencesTo(content(previous))).isEmpty();
        assertThat(Instant.parse(job.getString("result.rollbackUntil")))
                .isBetween(
                        Instant.now().plus(Duration.ofHours(23)),
                        Instant.now().plus(Duration.ofHours(25)));

        JsonPath safety = look("/api/v1/backups/" + job.getString("result.safetyBackupId"));
        assertThat(safety.getString("kind")).isEqualTo("safety");
        assertThat(safety.getString("file.name")).startsWith("safety/pre_restore_");
        assertThat(stack.backupFolder().resolve(safety.getString("file.name"))).isRegularFile();
        assertThat(look("/api/v1/backups/latest").getString("id")).isEqualTo(id);
        String beside =
                stack.restoreBeside(stack.backupFolder().resolve(safety.getString("file.name")));
        assertThat(changed.differencesTo(content(beside))).isEmpty();
    }

    @Test
    void rollbackPutsBackWhatWasThereBefore() {
        String id = backup();
        server.execute(name, "TRUNCATE public.images CASCADE");
        DatabaseContent changed = content(name);
        JsonPath restore = restored(id, Map.of());
        DatabaseContent brought = content(name);

        String path = "/api/v1/restores/" + restore.getString("id") + "/rollback";
        assertProblem(422, "invalid-field", waiting().body(Map.of("confirm", "x")).post(path));
        assertProblem(422, "invalid-field", waiting().body(Map.of()).post(path));
        Response answer = waiting().body(Map.of("confirm", name)).post(path);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        assertThat(answer.jsonPath().getString("result.database")).isEqualTo(name);
        assertThat(changed.differencesTo(content(name))).isEmpty();
        String replaced = answer.jsonPath().getString("result.previousDatabase");
        assertThat(brought.differencesTo(content(replaced))).isEmpty();
        assertProblem(
                409, "rollback-not-possible", waiting().body(Map.of("confirm", name)).post(path));
    }

    @Test
    void onlyTheLastReplacedDatabaseIsKept() {
        String id = backup();
        String first = restored(id, Map.of()).getString("result.previousDatabase");
        String second = restored(id, Map.of()).getString("result.previousDatabase");
        assertThat(second).isNotEqualTo(first);
        assertThat(databases(name.replace("_", "\\_") + "\\_before\\_%")).containsExactly(second);
    }

    @Test
    void connectedClientsDoNotPreventItAndSettingsSurvive() throws Exception {
        server.execute(
                "postgres",
                """
                ALTER DATABASE %1$s SET default_transaction_read_only = on;
                ALTER DATABASE %1$s SET search_path = "$user", public, extra;
                ALTER DATABASE %1$s CONNECTION LIMIT 42;
                """
                        .formatted(name));
        List<List<String>> before = traits();
        String id = backup();
        try (Connection connection = server.connect(name)) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("SELECT count(*) FROM public.users");
            restored(id, Map.of());
            assertThat(connection.isValid(2)).isFalse();
        }
        assertThat(traits()).isEqualTo(before);
    }

    @Test
    void targetWhoseDatabaseIsGoneGetsItBack() {
        DatabaseContent backedUp = content(name);
        String id = backup();
        server.dropDatabase(name);
        JsonPath job = restored(id, Map.of());
        assertThat(job.getString("result.previousDatabase")).isNull();
        assertThat(job.getString("result.safetyBackupId")).isNull();
        assertThat(backedUp.differencesTo(content(name))).isEmpty();
    }

    @Test
    void ownerWithoutSuperuserRightsCanProveSwapAndRollBack() {
        String owner = name + "_owner";
        String owned = name + "_owned";
        server.execute(
                "postgres",
                "CREATE ROLE %s LOGIN CREATEDB NOSUPERUSER PASSWORD 'of-the-owner'"
                        .formatted(owner));
        server.createDatabase(owned);
        server.execute("postgres", "ALTER DATABASE %s OWNER TO %s".formatted(owned, owner));
        server.runScript(owned, owner, "of-the-owner", SAMPLE);
        stack.worker(0).process().close();
        stack.startWorker(
                Map.of(
                        "LIFEOS_DB_NAME", owned,
                        "LIFEOS_DB_USER", owner,
                        "LIFEOS_DB_PASSWORD", "of-the-owner"));
        try {
            name = owned;
            DatabaseContent backedUp = content(owned);
            String id = backup(Map.of("verify", "restore"));
            server.execute(owned, "TRUNCATE public.images CASCADE");
            DatabaseContent changed = content(owned);

            JsonPath restore = restored(id, Map.of());
            assertThat(backedUp.differencesTo(content(owned))).isEmpty();
            Response rollback =
                    waiting()
                            .body(Map.of("confirm", owned))
                            .post("/api/v1/restores/" + restore.getString("id") + "/rollback");
            assertThat(rollback.statusCode()).as(rollback.asString()).isEqualTo(200);
            assertThat(changed.differencesTo(content(owned))).isEmpty();

            String beside = owned + "_beside";
            restored(id, Map.of("mode", "new-database", "database", beside, "confirm", beside));
            assertThat(backedUp.differencesTo(content(beside))).isEmpty();
        } finally {
            databases(owned.replace("_", "\\_") + "%").forEach(server::dropDatabase);
            server.execute("postgres", "DROP ROLE " + owner);
        }
    }

    @Test
    void requestsThatCannotBeMeantAreRefused() {
        String id = backup();
        assertProblem(422, "invalid-field", restore(id, Map.of("confirm", "other")));
        assertProblem(422, "invalid-field", restore(id, Map.of("database", name)));
        assertProblem(422, "invalid-field", restore(id, Map.of("tolerateErrors", true)));
        assertThat(databases(name.replace("_", "\\_") + "\\_before\\_%")).isEmpty();
    }

    private String backup() {
        return backup(Map.of());
    }

    private String backup(Map<String, Object> body) {
        Response answer =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(body)
                        .post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath().getString("result.backupId");
    }

    private JsonPath restored(String backup, Map<String, Object> more) {
        Response answer = restore(backup, more);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private Response restore(String backup, Map<String, Object> more) {
        Map<String, Object> body = new HashMap<>(Map.of("backup", backup, "confirm", name));
        body.putAll(more);
        return waiting().body(body).post("/api/v1/restores");
    }

    private static void assertProblem(int status, String code, Response answer) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(status);
        assertThat(answer.jsonPath().getString("code")).isEqualTo(code);
    }

    private RequestSpecification waiting() {
        return stack.given(stack.tokens().admin()).header("Prefer", "wait=60");
    }

    private JsonPath look(String path) {
        return stack.given(stack.tokens().viewer())
                .get(path)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private DatabaseContent content(String database) {
        return DatabaseContent.of(server, database);
    }

    private List<List<String>> traits() {
        return server.rows(
                "postgres",
                """
                SELECT pg_get_userbyid(datdba), datconnlimit::text, datcollate, encoding::text,
                       (SELECT array_agg(c ORDER BY c)::text FROM pg_db_role_setting s, unnest(setconfig) c
                        WHERE s.setdatabase = d.oid)
                FROM pg_database d WHERE datname = '%s'
                """
                        .formatted(name));
    }

    private List<String> databases(String like) {
        return server
                .rows(
                        "postgres",
                        "SELECT datname FROM pg_database WHERE datname LIKE '%s'".formatted(like))
                .stream()
                .map(List::getFirst)
                .toList();
    }
}
