package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;

/** A backup restored beside the database that it was taken of. */
class RestoreTest {
    private static final String SOURCE = "restore_source";
    private static Stack stack;
    private static PostgresServer server;

    @BeforeAll
    static void start() {
        server = PostgresServer.shared();
        server.createDatabase(SOURCE);
        stack =
                Stack.start(
                        Stack.Setup.standard()
                                .workers(2)
                                .environment(
                                        Map.of(
                                                "BACKUP_TARGETS",
                                                "app",
                                                "APP_DB_HOST",
                                                server.host(),
                                                "APP_DB_PORT",
                                                "" + server.port(),
                                                "APP_DB_NAME",
                                                SOURCE,
                                                "APP_DB_USER",
                                                server.superuser(),
                                                "APP_DB_PASSWORD",
                                                server.password())));
    }

    @AfterAll
    static void stop() {
        stack.close();
        server.dropDatabase(SOURCE);
    }

    @AfterEach
    void noSideDatabaseIsLeft() {
        assertThat(databases("lifeos\\_restore\\_%")).isEmpty();
        databases("copy%").forEach(server::dropDatabase);
    }

    @Test
    void restoredDatabaseHoldsWhatTheBackupHolds() {
        DatabaseContent original = DatabaseContent.of(server, stack.targetDatabase());
        JsonPath backup = backup(Map.of());
        JsonPath job = restored(backup.getString("result.backupId"), "copy whole", Map.of());
        assertThat(job.getString("result.database")).isEqualTo("copy whole");
        assertThat(job.getBoolean("result.verified")).isTrue();
        assertThat(job.getInt("result.tables")).isEqualTo(backup.getInt("result.tables"));
        assertThat(job.getLong("result.rows")).isEqualTo(backup.getLong("result.rows"));
        assertThat(job.getList("result.errors")).isEmpty();
        assertThat(job.getString("result.previousDatabase")).isNull();
        assertThat(original.differencesTo(DatabaseContent.of(server, "copy whole"))).isEmpty();
        assertThat(traits("copy whole")).isEqualTo(traits(stack.targetDatabase()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "copy \"quoted\" 'twice'",
                "copy-with; DROP TABLE x; --",
                "copy\\back $$slash$$ %s ?",
                "copy Ünïcödé 数据库 😀",
                "copy_63_bytes_öööööööööööööööööööööööö1"
            })
    void oddNamesAreNamesLikeOthers(String name) {
        backup(Map.of());
        JsonPath job = restored("latest", name, Map.of());
        assertThat(job.getString("result.database")).isEqualTo(name);
        assertThat(databases("copy%")).containsExactly(name);
    }

    @Test
    void nameThatBeginsWithAMinusIsNoOption() {
        backup(Map.of());
        restored("latest", "-d", Map.of());
        assertThat(databases("-d")).containsExactly("-d");
        server.dropDatabase("-d");
    }

    @Test
    void databaseThatExistsIsNeverTouched() {
        backup(Map.of());
        DatabaseContent before = DatabaseContent.of(server, stack.targetDatabase());
        Response answer = restore("latest", stack.targetDatabase(), Map.of());
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("database-exists");
        assertThat(before.differencesTo(DatabaseContent.of(server, stack.targetDatabase())))
                .isEmpty();
    }

    @Test
    void requestsThatCannotBeMeantAreRefusedWithTheFieldsName() {
        String id = backup(Map.of()).getString("result.backupId");
        assertRefused(422, "confirm", with(id, "copy", Map.of("confirm", "other")));
        assertRefused(422, "database", with(id, "ö".repeat(32), Map.of()));
        assertRefused(422, "database", with(id, "", Map.of()));
        assertRefused(422, "database", with(id, "a\0b", Map.of()));
        assertRefused(422, "mode", with(id, "copy", Map.of("mode", "beside")));
        assertRefused(422, "target", with(id, "copy", Map.of("target", "nowhere")));
        assertRefused(
                422, "confirm", Map.of("backup", id, "mode", "new-database", "database", "copy"));
        assertRefused(
                422,
                "backup",
                Map.of("mode", "new-database", "database", "copy", "confirm", "copy"));
        assertRefused(422, "colour", with(id, "copy", Map.of("colour", "red")));
        assertRefused(
                404, "backup", with("0198f000-0000-7000-8000-000000000000", "copy", Map.of()));
        assertRefused(404, "backup", with("../../etc/passwd", "copy", Map.of()));
    }

    @Test
    void damagedFileIsFoundBeforeTheServerIsTouched() throws IOException {
        JsonPath backup = backup(Map.of("label", "damaged"));
        Path dump = stack.backupFolder().resolve(backup.getString("result.file"));
        byte[] bytes = Files.readAllBytes(dump);
        bytes[bytes.length / 2] ^= 1;
        Files.write(dump, bytes);
        Response answer = restore(backup.getString("result.backupId"), "copy", Map.of());
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(409);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("backup-corrupt");
        assertThat(databases("copy%")).isEmpty();
        bytes[bytes.length / 2] ^= 1;
        Files.write(dump, bytes);
        restored(backup.getString("result.backupId"), "copy", Map.of());
    }

    @Test
    void fileThatIsGoneIsNamed() throws IOException {
        JsonPath backup = backup(Map.of("label", "gone"));
        Path dump = stack.backupFolder().resolve(backup.getString("result.file"));
        Path elsewhere = Files.move(dump, stack.home().resolve("elsewhere"));
        Response answer = restore(backup.getString("result.backupId"), "copy", Map.of());
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("backup-file-missing");
        assertThat(answer.jsonPath().getString("detail")).contains(dump.getFileName().toString());
        Files.move(elsewhere, dump);
    }

    @Test
    void statementThatFailsEndsTheRestoreAndIsNamed() {
        makeUnrestorable();
        String id = backup(Map.of("target", "app")).getString("result.backupId");
        Response answer = restore(id, "copy", Map.of());
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(502);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("restore-failed");
        assertThat(answer.jsonPath().getString("detail")).contains("limits").contains("COPY");
        assertThat(databases("copy%")).isEmpty();
    }

    @Test
    void toleratedErrorsAreListedAndTheRestIsThere() {
        makeUnrestorable();
        String id = backup(Map.of("target", "app")).getString("result.backupId");
        JsonPath job = restored(id, "copy", Map.of("tolerateErrors", true));
        assertThat(job.getBoolean("result.verified")).isFalse();
        assertThat(job.getList("result.errors", String.class))
                .anySatisfy(error -> assertThat(error).contains("limits"))
                .anySatisfy(error -> assertThat(error).contains("public.checked"));
        assertThat(server.rows("copy", "SELECT count(*) FROM public.plain"))
                .containsExactly(List.of("3"));
        assertThat(server.rows("copy", "SELECT count(*) FROM public.checked"))
                .containsExactly(List.of("0"));
    }

    @Test
    void cancelledRestoreLeavesNoDatabase() {
        String id = slowBackup();
        String job = start(id, "copy");
        awaitSideDatabase();
        admin().post("/api/v1/jobs/" + job + "/cancel").then().statusCode(202);
        assertThat(stack.awaitJobEnds(job).getString("state")).isEqualTo("CANCELLED");
        assertThat(databases("copy%")).isEmpty();
    }

    @Test
    void killedWorkersRestoreIsFinishedByAnother() {
        String id = slowBackup();
        String job = start(id, "copy");
        awaitSideDatabase();
        String name = stack.job(job).getString("worker");
        stack.worker(Integer.parseInt(name.substring("worker-".length())) - 1).process().kill9();
        JsonPath ended = stack.awaitJobEnds(job);
        assertThat(ended.getString("state")).as(ended.prettify()).isEqualTo("SUCCEEDED");
        assertThat(ended.getInt("attempt")).isEqualTo(2);
        assertThat(ended.getBoolean("result.verified")).isTrue();
        assertThat(databases("copy%")).containsExactly("copy");
        stack.startWorker(Map.of());
    }

    /** The function names no schema, and restores have no search path: it cannot be called. */
    private static void makeUnrestorable() {
        resetSource();
        server.execute(
                SOURCE,
                """
                CREATE TABLE limits AS SELECT 10 AS most;
                CREATE FUNCTION within(n integer) RETURNS boolean LANGUAGE sql AS 'SELECT n <= most FROM limits';
                CREATE TABLE checked (n integer CHECK (within(n)));
                INSERT INTO checked VALUES (1), (2);
                CREATE TABLE plain AS SELECT n FROM generate_series(1, 3) n;
                """);
    }

    /** A check takes its time with every row. */
    private static String slowBackup() {
        resetSource();
        server.execute(
                SOURCE,
                """
                CREATE FUNCTION slow(n integer) RETURNS boolean LANGUAGE sql AS 'SELECT true';
                CREATE TABLE slowly (n integer CHECK (slow(n)));
                INSERT INTO slowly SELECT n FROM generate_series(1, 60) n;
                CREATE OR REPLACE FUNCTION slow(n integer) RETURNS boolean LANGUAGE sql
                    AS 'SELECT pg_sleep(0.05) IS NOT NULL';
                """);
        return backup(Map.of("target", "app")).getString("result.backupId");
    }

    private static void resetSource() {
        server.execute(SOURCE, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    }

    private static void awaitSideDatabase() {
        Eventually.eventually(
                Duration.ofSeconds(20),
                () -> databases("lifeos\\_restore\\_%"),
                found -> !found.isEmpty());
    }

    private static String start(String backup, String database) {
        Response answer = admin().body(with(backup, database, Map.of())).post("/api/v1/restores");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
        return answer.jsonPath().getString("id");
    }

    private static JsonPath restored(String backup, String database, Map<String, Object> more) {
        Response answer = restore(backup, database, more);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static Response restore(String backup, String database, Map<String, Object> more) {
        return admin().header("Prefer", "wait=60")
                .body(with(backup, database, more))
                .post("/api/v1/restores");
    }

    private static Map<String, Object> with(
            String backup, String database, Map<String, Object> more) {
        Map<String, Object> body = new HashMap<>();
        body.put("backup", backup);
        body.put("mode", "new-database");
        body.put("database", database);
        body.put("confirm", database);
        body.putAll(more);
        return body;
    }

    private static void assertRefused(int status, String field, Map<String, Object> body) {
        Response answer = admin().header("Prefer", "wait=60").body(body).post("/api/v1/restores");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(status);
        assertThat(answer.contentType()).contains("application/problem+json");
        assertThat(answer.jsonPath().getString("detail")).contains(field);
        assertThat(databases("copy%")).isEmpty();
    }

    private static JsonPath backup(Map<String, Object> body) {
        Response answer =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(body)
                        .post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static RequestSpecification admin() {
        return stack.given(stack.tokens().admin());
    }

    private static List<String> databases(String like) {
        return server
                .rows(
                        "postgres",
                        "SELECT datname FROM pg_database WHERE datname LIKE '%s' ORDER BY 1"
                                .formatted(like))
                .stream()
                .map(List::getFirst)
                .toList();
    }

    private static List<String> traits(String database) {
        return server.rows(
                        "postgres",
                        "SELECT encoding::text, datcollate, datctype, datlocprovider::text FROM pg_database WHERE datname = '%s'"
                                .formatted(database))
                .getFirst();
    }
}
