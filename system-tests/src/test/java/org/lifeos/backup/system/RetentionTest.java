package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Retention as its callers and the disk see it. */
class RetentionTest {
    private static final int OLD = 300;
    private static final List<String> SIDECARS = List.of(".manifest.json", ".sha256", ".roles.sql");
    private static Stack stack;

    @BeforeAll
    static void start() {
        stack =
                Stack.start(
                        Stack.Setup.standard()
                                .environment(
                                        Map.of(
                                                "BACKUP_TARGETS",
                                                "app",
                                                "BACKUP_RETENTION_KEEP_DAYS",
                                                "5",
                                                "BACKUP_RETENTION_KEEP_LAST",
                                                "2")));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void runThatIsKilledInTheMiddleIsFinishedAndTellsTheWhole() throws IOException {
        List<String> files = addBackups("app");
        List<String> dry =
                waited(stack.tokens().operator(), Map.of("target", "app", "dryRun", true))
                        .jsonPath()
                        .getList("result.expired.file");
        // one a day: the first five are young, and the two newest of them are kept anyway
        assertThat(dry).containsExactlyElementsOf(files.subList(5, OLD));
        assertThat(dumpsLeft("app")).isEqualTo(OLD);

        String id =
                stack.given(stack.tokens().operator())
                        .body(Map.of("target", "app"))
                        .post("/api/v1/retention/runs")
                        .jsonPath()
                        .getString("id");
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> dumpsLeft("app") < OLD - 20);
        stack.worker(0).process().kill9();
        long left = dumpsLeft("app");
        stack.startWorker(Map.of());

        JsonPath job = stack.awaitJobEnds(id);
        assertThat(left).as("dumps left by the kill").isBetween(6L, OLD - 20L);
        assertThat(job.getString("state")).isEqualTo("SUCCEEDED");
        assertThat(job.getInt("attempt")).isEqualTo(2);
        assertThat(job.<String>getList("result.expired.file")).containsExactlyElementsOf(dry);
        assertThat(job.getString("result.expired[0].reason")).isEqualTo("older than 5 days");
        assertThat(job.<String>getList("result.kept.reason"))
                .containsExactly(
                        "newest good backup",
                        "among the newest 2",
                        "younger than 5 days",
                        "younger than 5 days",
                        "younger than 5 days");
        assertThat(Stack.filesIn(stack.backupFolder()))
                .filteredOn(file -> file.startsWith("app_"))
                .hasSize(5 * (1 + SIDECARS.size()));
        assertThat(
                        stack.given(stack.tokens().viewer())
                                .get("/api/v1/backups?target=app&state=EXPIRED&limit=200")
                                .jsonPath()
                                .getList("items"))
                .hasSize(200);
    }

    @Test
    void removingMoreThanConfiguredIsForAdminsAlone() {
        Map<String, Object> less = Map.of("keepDays", 4);
        Response refused = call(stack.tokens().operator(), less);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.jsonPath().getString("detail")).contains("admin");

        assertThat(call(stack.tokens().admin(), less).statusCode()).isEqualTo(202);
        assertThat(call(stack.tokens().operator(), Map.of("keepDays", 5)).statusCode())
                .isEqualTo(202);
        assertThat(
                        call(stack.tokens().operator(), Map.of("keepDays", 1, "dryRun", true))
                                .statusCode())
                .isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"keepDays\": 0}",
                "{\"keepDays\": 36501}",
                "{\"keepDays\": 1.5}",
                "{\"keepDays\": \"7\"}",
                "{\"dryRun\": 1}",
                "{\"target\": \"nobody\"}",
                "{\"keepLast\": 1}"
            })
    void wrongFieldIsNamed(String body) {
        Response refused =
                stack.given(stack.tokens().admin()).body(body).post("/api/v1/retention/runs");

        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.jsonPath().getString("detail")).startsWith(body.split("\"")[1]);
    }

    @Test
    void terminalSeesHowMany() {
        String text =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=30")
                        .header("Accept", "text/plain")
                        .body(Map.of("dryRun", true))
                        .post("/api/v1/retention/runs")
                        .asString();

        assertThat(text).contains("0 kept, 0 expired");
        assertThat(text.lines().toList().getLast()).matches("SUCCEEDED [0-9a-f-]{36} -");
    }

    private static Response call(String token, Map<String, Object> body) {
        return stack.given(token).body(body).post("/api/v1/retention/runs");
    }

    private static Response waited(String token, Map<String, Object> body) {
        Response answer =
                stack.given(token)
                        .header("Prefer", "wait=60")
                        .body(body)
                        .post("/api/v1/retention/runs");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer;
    }

    private static long dumpsLeft(String target) {
        // by names alone: looking at a file would fail when it is removed meanwhile
        return Arrays.stream(stack.backupFolder().toFile().list())
                .filter(file -> file.startsWith(target + "_") && file.endsWith(".sql.gz"))
                .count();
    }

    /** One scheduled backup a day, the newest of an hour ago; the names come newest first. */
    private static List<String> addBackups(String target) throws IOException {
        stack.server()
                .execute(
                        stack.serviceDatabase(),
                        """
                        insert into backup (id, target, kind, state, format, file_name, size_bytes, sha256, database_name,
                            server_version, snapshot_at, created_at, duration_ms, tables, rows, contents, pinned)
                        select gen_random_uuid(), '%1$s', 'scheduled', 'AVAILABLE', 'plain',
                            '%1$s_backup_' || n || '.sql.gz', 4, repeat('0', 64), 'app', '16.4',
                            now() - interval '1 hour' - n * interval '1 day', now(), 1, 0, 0, '[]', false
                        from generate_series(0, %2$d - 1) n
                        """
                                .formatted(target, OLD));
        List<String> files =
                IntStream.range(0, OLD).mapToObj(n -> target + "_backup_" + n + ".sql.gz").toList();
        for (String file : files) {
            Path dump = stack.backupFolder().resolve(file);
            Files.writeString(dump, "dump");
            for (String sidecar : SIDECARS) {
                Files.writeString(dump.resolveSibling(file + sidecar), "beside it");
            }
        }
        return files;
    }
}
