package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.Eventually;

/** Backups in pg_dump's own archive format. */
class CustomFormatTest {
    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(Stack.Setup.standard());
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void archiveHoldsWhatAPlainDumpHolds() throws IOException {
        JsonPath plain = backup(Map.of());
        JsonPath custom = backup(Map.of("format", "custom", "label", "archive"));
        String file = custom.getString("result.file");
        assertThat(file).endsWith("_archive.dump");
        Path dump = stack.backupFolder().resolve(file);
        assertThat(Files.readAllBytes(dump)).startsWith("PGDMP".getBytes());
        assertThat(dump).hasSize(custom.getLong("result.sizeBytes"));
        assertThat(custom.getLong("result.rows")).isEqualTo(plain.getLong("result.rows"));
        JsonPath stored = look(custom);
        assertThat(stored.getString("format")).isEqualTo("custom");
        assertThat(stored.getList("contents"))
                .containsExactlyInAnyOrderElementsOf(look(plain).getList("contents"));
        assertThat(Stack.filesIn(stack.backupFolder()))
                .contains(file, file + ".manifest.json", file + ".sha256", file + ".roles.sql")
                .noneMatch(name -> name.startsWith("."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"checksum", "content", "restore"})
    void archiveHoldsAtEveryLevelAndDamageIsFound(String level) throws IOException {
        JsonPath job = backup(Map.of("format", "custom", "verify", level));
        String id = job.getString("result.backupId");
        assertThat(verify(id, level).statusCode()).isEqualTo(200);
        Path dump = stack.backupFolder().resolve(job.getString("result.file"));
        byte[] bytes = Files.readAllBytes(dump);
        bytes[bytes.length / 2] ^= 1;
        Files.write(dump, bytes);
        Response answer = verify(id, level);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(409);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("backup-corrupt");
    }

    @Test
    void archiveIsRestoredBesideAndInPlace() {
        DatabaseContent original = content(stack.targetDatabase());
        String id = backup(Map.of("format", "custom")).getString("result.backupId");
        String beside = stack.targetDatabase() + "_of archive";
        JsonPath job =
                restored(
                        Map.of(
                                "backup", id,
                                "mode", "new-database",
                                "database", beside,
                                "confirm", beside));
        assertThat(job.getBoolean("result.verified")).isTrue();
        assertThat(original.differencesTo(content(beside))).isEmpty();

        stack.targetServer().execute(stack.targetDatabase(), "TRUNCATE public.images CASCADE");
        restored(Map.of("backup", id, "confirm", stack.targetDatabase()));
        assertThat(original.differencesTo(content(stack.targetDatabase()))).isEmpty();
    }

    @Test
    void toleratedErrorsOfAnArchiveAreListed() {
        String source = stack.targetDatabase();
        stack.targetServer()
                .execute(
                        source,
                        """
                        CREATE TABLE limits AS SELECT 10 AS most;
                        CREATE FUNCTION within(n integer) RETURNS boolean LANGUAGE sql AS 'SELECT n <= most FROM limits';
                        CREATE TABLE checked (n integer CHECK (within(n)));
                        INSERT INTO checked VALUES (1), (2);
                        """);
        try {
            String id = backup(Map.of("format", "custom")).getString("result.backupId");
            String beside = source + "_tolerant";
            Map<String, Object> body =
                    new HashMap<>(
                            Map.of(
                                    "backup", id,
                                    "mode", "new-database",
                                    "database", beside,
                                    "confirm", beside));
            Response fatal = restore(body);
            assertThat(fatal.statusCode()).as(fatal.asString()).isEqualTo(502);
            assertThat(fatal.jsonPath().getString("code")).isEqualTo("restore-failed");
            assertThat(fatal.jsonPath().getString("detail")).contains("limits");
            body.put("tolerateErrors", true);
            JsonPath job = restored(body);
            assertThat(job.getBoolean("result.verified")).isFalse();
            assertThat(job.getList("result.errors", String.class))
                    .anySatisfy(error -> assertThat(error).contains("limits"))
                    .anySatisfy(error -> assertThat(error).contains("public.checked"));
            assertThat(stack.targetServer().rows(beside, "SELECT count(*) > 0 FROM public.users"))
                    .containsExactly(List.of("t"));
        } finally {
            stack.targetServer()
                    .execute(
                            source,
                            "DROP TABLE checked; DROP FUNCTION within(integer); DROP TABLE limits");
        }
    }

    @Test
    void archiveIsListedByPgRestoreAndDownloadedUnderItsName() {
        JsonPath job = backup(Map.of("format", "custom"));
        String file = job.getString("result.file");
        String restore = stack.targetServer().bin().orElseThrow().resolve("pg_restore").toString();
        assertThat(
                        CommandRun.of(
                                        restore,
                                        "--list",
                                        stack.backupFolder().resolve(file).toString())
                                .orThrow())
                .contains("Format: CUSTOM", "TABLE DATA public users");
        Response download =
                admin().get("/api/v1/backups/{id}/content", job.getString("result.backupId"));
        assertThat(download.statusCode()).isEqualTo(200);
        assertThat(download.header("Content-Disposition")).contains(file).contains(".dump\"");
        assertThat(download.asByteArray()).hasSize(job.getInt("result.sizeBytes"));
    }

    @Test
    void cancelledDumpLeavesNoFile() throws SQLException {
        List<String> before = Stack.filesIn(stack.backupFolder());
        try (Connection _ = stack.lockTarget()) {
            String id = submitted();
            awaitDump(id, 1);
            stack.given(stack.tokens().operator()).post("/api/v1/jobs/{id}/cancel", id);
            assertThat(stack.awaitJobEnds(id).getString("state")).isEqualTo("CANCELLED");
            assertThat(Stack.filesIn(stack.backupFolder())).isEqualTo(before);
            awaitNoSession(id);
        }
    }

    @Test
    void dumpOfAKilledWorkerIsTakenAgainAndLeavesNoOtherFile() throws SQLException {
        List<String> before = Stack.filesIn(stack.backupFolder());
        String id;
        try (Connection _ = stack.lockTarget()) {
            id = submitted();
            awaitDump(id, 1);
            assertThat(partialFiles()).isNotEmpty();
            stack.worker(0).process().kill9();
            stack.startWorker(Map.of());
            awaitDump(id, 2);
            assertThat(partialFiles()).isNotEmpty().allMatch(name -> name.contains(id + "-2"));
        }
        JsonPath job = stack.awaitJobEnds(id);
        assertThat(job.getString("state")).as(job.prettify()).isEqualTo("SUCCEEDED");
        String file = job.getString("result.file");
        List<String> after = new ArrayList<>(Stack.filesIn(stack.backupFolder()));
        after.removeAll(before);
        assertThat(after)
                .containsExactlyInAnyOrder(
                        file, file + ".manifest.json", file + ".sha256", file + ".roles.sql");
        assertThat(verify(job.getString("result.backupId"), "restore").statusCode()).isEqualTo(200);
        awaitNoSession(id);
    }

    private static List<String> partialFiles() {
        return Stack.filesIn(stack.backupFolder()).stream()
                .filter(name -> name.startsWith("."))
                .toList();
    }

    private static String submitted() {
        Response answer =
                stack.given(stack.tokens().admin())
                        .body(Map.of("format", "custom"))
                        .post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
        return answer.jsonPath().getString("id");
    }

    /** Waits until pg_dump has the archive's file and waits for a table. */
    private static void awaitDump(String id, int attempt) {
        Eventually.eventually(
                Duration.ofSeconds(60),
                () -> stack.job(id),
                job ->
                        job.getInt("attempt") == attempt
                                && "dump".equals(job.getString("progress.phase"))
                                && partialFiles().stream()
                                        .anyMatch(name ->
                                                name.contains(".dump.%s-%d".formatted(id, attempt)))
                                && sessions(id, "AND wait_event_type = 'Lock'") == 1);
    }

    private static void awaitNoSession(String id) {
        Eventually.eventually(
                Duration.ofSeconds(20), () -> sessions(id, ""), sessions -> sessions == 0);
    }

    private static int sessions(String id, String more) {
        return stack.targetServer()
                .rows(
                        "postgres",
                        "SELECT pid FROM pg_stat_activity WHERE application_name = 'pg_dump %s' %s"
                                .formatted(id, more))
                .size();
    }

    private static Response verify(String id, String level) {
        return stack.given(stack.tokens().operator())
                .header("Prefer", "wait=60")
                .body(Map.of("level", level))
                .post("/api/v1/backups/{id}/verifications", id);
    }

    private static Response restore(Map<String, Object> body) {
        return admin().body(body).post("/api/v1/restores");
    }

    private static JsonPath restored(Map<String, Object> body) {
        Response answer = restore(body);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static JsonPath backup(Map<String, Object> body) {
        Response answer = admin().body(body).post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static JsonPath look(JsonPath job) {
        return admin().get("/api/v1/backups/{id}", job.getString("result.backupId")).jsonPath();
    }

    private static RequestSpecification admin() {
        return stack.given(stack.tokens().admin()).header("Prefer", "wait=60");
    }

    private static DatabaseContent content(String database) {
        return DatabaseContent.of(stack.targetServer(), database);
    }
}
