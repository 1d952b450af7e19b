package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Schedules by HTTP, fired by two API processes. */
class ScheduleTest {
    private static final ZoneId ZONE = ZoneId.of("Pacific/Chatham");
    private static final String NEVER_SOON = "0 0 29 2 *";
    private static Stack stack;

    @BeforeAll
    static void start() {
        stack =
                Stack.start(
                        Stack.Setup.standard()
                                .withSchedules()
                                .apis(2)
                                .environment(Map.of("TZ", ZONE.getId(), "BACKUP_TARGETS", "app")));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void nightlyBackupIsThereFromTheBeginningAndDoesNotComeBackOnceDeleted() {
        try (Stack fresh = Stack.start(Stack.Setup.standard().workers(0).withSchedules())) {
            JsonPath seeded =
                    fresh.given(fresh.tokens().viewer()).get("/api/v1/schedules").jsonPath();
            assertThat(seeded.<String>getList("items.name"))
                    .containsExactly(
                            "daily-catalog-scan",
                            "daily-code-check",
                            "daily-ollama-manifest",
                            "hourly-files-check",
                            "monthly-recovery-rehearsal",
                            "nightly-backup",
                            "weekly-restore-test");
            assertThat(seeded.<String>get("nextCursor")).isNull();
            Map<String, Object> nightly =
                    seeded.getMap("items.find { it.name == 'nightly-backup' }");
            assertThat(nightly)
                    .containsEntry("cron", "0 3 * * *")
                    .containsEntry("zone", "UTC")
                    .containsEntry("type", "postgres-backup")
                    .containsEntry("parameters", Map.of())
                    .containsEntry("enabled", true)
                    .containsEntry("catchUpSeconds", 86_400)
                    .containsEntry("lastFireAt", null)
                    .containsEntry("lastJobId", null);
            Instant next = Instant.parse((String) nightly.get("nextFireAt"));
            assertThat(next.truncatedTo(ChronoUnit.DAYS).plus(Duration.ofHours(3))).isEqualTo(next);

            for (String name : seeded.<String>getList("items.name")) {
                fresh.given(fresh.tokens().admin())
                        .delete("/api/v1/schedules/" + name)
                        .then()
                        .statusCode(204);
            }
            fresh.api(0).process().kill9();
            fresh.startApi(Map.of());
            assertThat(
                            fresh.given(fresh.tokens().viewer())
                                    .get("/api/v1/schedules")
                                    .jsonPath()
                                    .getList("items"))
                    .isEmpty();
        }
    }

    @Test
    void scheduleIsMadeReplacedAndRemoved() {
        Response made = put("night", Map.of("cron", "30 2 * * *", "type", "postgres-backup"));
        assertThat(made.statusCode()).as(made.asString()).isEqualTo(201);
        assertThat(made.jsonPath().getString("zone")).isEqualTo(ZONE.getId());
        ZonedDateTime next = Instant.parse(made.jsonPath().getString("nextFireAt")).atZone(ZONE);
        assertThat(List.of(next.getHour(), next.getMinute())).containsExactly(2, 30);

        Map<String, Object> parameters = Map.of("dryRun", true, "keepDays", 3, "target", "app");
        Response replaced =
                put(
                        "night",
                        Map.of(
                                "cron",
                                "0 4 * * 1",
                                "zone",
                                "Europe/Berlin",
                                "type",
                                "retention",
                                "parameters",
                                parameters,
                                "enabled",
                                false,
                                "catchUpSeconds",
                                60));
        assertThat(replaced.statusCode()).isEqualTo(200);
        assertThat(replaced.jsonPath().<String, Object>getMap("$"))
                .containsEntry("parameters", parameters)
                .containsEntry("enabled", false)
                .containsEntry("nextFireAt", null)
                .containsEntry("catchUpSeconds", 60)
                .containsEntry("zone", "Europe/Berlin");

        Response gone = stack.given(stack.tokens().admin()).delete("/api/v1/schedules/night");
        assertThat(gone.statusCode()).isEqualTo(204);
        assertThat(
                        stack.given(stack.tokens().admin())
                                .delete("/api/v1/schedules/night")
                                .statusCode())
                .isEqualTo(404);
        assertThat(audited("/api/v1/schedules/night"))
                .containsExactly("DELETE 404", "DELETE 204", "PUT 200", "PUT 201");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "cron       | {\"type\": \"retention\"}",
                "cron       | {\"cron\": \"61 * * * *\", \"type\": \"retention\"}",
                "cron       | {\"cron\": \"0 0 30 2 *\", \"type\": \"retention\"}",
                "cron       | {\"cron\": \"0 3 * * *\\u0000\", \"type\": \"retention\"}",
                "zone       | {\"cron\": \"0 3 * * *\", \"type\": \"retention\", \"zone\": \"Mars/North\"}",
                "type       | {\"cron\": \"0 3 * * *\"}",
                "type       | {\"cron\": \"0 3 * * *\", \"type\": \"nonsense\"}",
                "type       | {\"cron\": \"0 3 * * *\", \"type\": \"backup-deletion\"}",
                "enabled    | {\"cron\": \"0 3 * * *\", \"type\": \"retention\", \"enabled\": \"yes\"}",
                "catchUpSeconds | {\"cron\": \"0 3 * * *\", \"type\": \"retention\", \"catchUpSeconds\": -1}",
                "parameters | {\"cron\": \"0 3 * * *\", \"type\": \"retention\", \"parameters\": [1]}",
                "parameters.keepDays | {\"cron\": \"0 3 * * *\", \"type\": \"retention\", \"parameters\": {\"keepDays\": 0}}",
                "parameters.target | {\"cron\": \"0 3 * * *\", \"type\": \"retention\", \"parameters\": {\"target\": \"nobody\"}}",
                "parameters.label | {\"cron\": \"0 3 * * *\", \"type\": \"retention\", \"parameters\": {\"label\": \"x\"}}",
                "parameters.label | {\"cron\": \"0 3 * * *\", \"type\": \"postgres-backup\", \"parameters\": {\"label\": \"a b\"}}",
                "parameters.reason | {\"cron\": \"0 3 * * *\", \"type\": \"postgres-backup\", \"parameters\": {\"reason\": \"\\u0000\"}}",
                "parameters.format | {\"cron\": \"0 3 * * *\", \"type\": \"postgres-backup\", \"parameters\": {\"format\": \"zip\"}}",
                "parameters.backup | {\"cron\": \"0 3 * * *\", \"type\": \"backup-verification\", \"parameters\": {\"backup\": \"newest\"}}",
                "parameters.backup | {\"cron\": \"0 3 * * *\", \"type\": \"backup-verification\", \"parameters\": {\"backup\": \"01980000-0000-7000-8000-000000000000\"}}",
                "retries    | {\"cron\": \"0 3 * * *\", \"type\": \"retention\", \"retries\": 3}",
            })
    void wrongFieldIsNamed(String field, String body) {
        Response refused =
                stack.given(stack.tokens().admin()).body(body).put("/api/v1/schedules/wrong");

        assertThat(refused.statusCode()).as(refused.asString()).isEqualTo(422);
        assertThat(refused.jsonPath().getString("detail")).startsWith(field + " ");
        assertThat(names()).doesNotContain("wrong");
    }

    @Test
    void verificationIsOfTheLatestOrOfABackupByItsId() {
        Response taken =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .post("/api/v1/backups");
        String id = taken.jsonPath().getString("result.backupId");
        for (Map<String, Object> parameters :
                List.<Map<String, Object>>of(
                        Map.of("backup", "latest"),
                        Map.of("backup", "latest", "target", "lifeos", "level", "checksum"),
                        Map.of("backup", id),
                        Map.of("backup", id, "target", "lifeos", "level", "content"))) {
            assertThat(verification(parameters).statusCode()).isIn(200, 201);
            Response run =
                    stack.given(stack.tokens().operator())
                            .header("Prefer", "wait=60")
                            .post("/api/v1/schedules/proof/runs");
            assertThat(run.statusCode()).as(run.asString()).isEqualTo(200);
            assertThat(run.jsonPath().getString("result.backupId")).isEqualTo(id);
        }

        Response another = verification(Map.of("backup", id, "target", "app"));
        assertThat(another.statusCode()).isEqualTo(422);
        assertThat(another.jsonPath().getString("detail")).startsWith("parameters.target ");
    }

    private static Response verification(Map<String, Object> parameters) {
        return put(
                "proof",
                Map.of(
                        "cron",
                        NEVER_SOON,
                        "type",
                        "backup-verification",
                        "parameters",
                        parameters));
    }

    @Test
    void nameIsChecked() {
        for (String name : List.of("Upper", "-x", "a_b", "x".repeat(64), "%00")) {
            Response refused =
                    stack.given(stack.tokens().admin())
                            .urlEncodingEnabled(false)
                            .body(Map.of("cron", NEVER_SOON, "type", "retention"))
                            .put("/api/v1/schedules/" + name);
            assertThat(refused.statusCode()).as(name).isEqualTo(400);
            assertThat(
                            stack.given(stack.tokens().admin())
                                    .urlEncodingEnabled(false)
                                    .post("/api/v1/schedules/" + name + "/runs")
                                    .statusCode())
                    .as(name)
                    .isIn(400, 404);
        }
    }

    @Test
    void runByHandIsTheCallersJobOfKindScheduledFollowedByRetention() {
        put(
                "by-hand",
                Map.of(
                        "cron",
                        NEVER_SOON,
                        "type",
                        "postgres-backup",
                        "enabled",
                        false,
                        "parameters",
                        Map.of("label", "by-hand", "reason", "why not")));
        Response answer =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .header("Idempotency-Key", "by-hand-1")
                        .post("/api/v1/schedules/by-hand/runs");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        JsonPath job = answer.jsonPath();
        assertThat(job.getString("requestedBy")).isEqualTo("operator");
        assertThat(job.getString("reason")).isEqualTo("why not");
        assertThat(job.getString("result.file")).startsWith("life_os_backup_").contains("_by-hand");
        assertThat(schedule("by-hand"))
                .containsEntry("lastJobId", job.getString("id"))
                .containsEntry("lastFireAt", job.getString("createdAt"));
        assertThat(
                        stack.given(stack.tokens().operator())
                                .header("Idempotency-Key", "by-hand-1")
                                .post("/api/v1/schedules/by-hand/runs")
                                .jsonPath()
                                .getString("id"))
                .isEqualTo(job.getString("id"));

        List<Map<String, Object>> followers = jobsOf("after:" + job.getString("id"));
        assertThat(followers).extracting(it -> it.get("type")).containsExactly("retention");
        JsonPath retention = stack.awaitJobEnds((String) followers.getFirst().get("id"));
        assertThat(retention.<String>getList("result.kept.file"))
                .contains(job.getString("result.file"));
    }

    @Test
    void runByHandIsForThoseWhoMayStartItsJob() {
        put(
                "strict",
                Map.of(
                        "cron",
                        NEVER_SOON,
                        "type",
                        "retention",
                        "parameters",
                        Map.of("keepDays", 1, "target", "app")));

        assertThat(runOf("strict", stack.tokens().viewer())).isEqualTo(403);
        assertThat(runOf("strict", stack.tokens().operator())).isEqualTo(403);
        assertThat(runOf("strict", stack.tokens().admin())).isEqualTo(202);
    }

    @Test
    void twoApisFireEachRunOnceAlsoThoseMissedWhileBothWereDown() {
        List<String> names = IntStream.range(0, 8).mapToObj(n -> "tick-" + n).toList();
        for (String name : names) {
            put(
                    name,
                    Map.of(
                            "cron", "* * * * *",
                            "type", "retention",
                            "parameters", Map.of("dryRun", true)));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(66))
                .pollInterval(Duration.ofMillis(500))
                .until(() ->
                        names.stream().allMatch(name -> schedule(name).get("lastJobId") != null));
        // within the same minute; nothing else may come of it
        for (String name : names) {
            assertThat(jobsOf("schedule:" + name)).as(name).hasSize(1);
            put(name, Map.of("cron", "0 * * * *", "type", "retention"));
        }

        stack.api(0).process().kill9();
        stack.api(1).process().kill9();
        stack.server()
                .execute(
                        stack.serviceDatabase(),
                        "update schedule set effective_from = now() - interval '3 hours', last_due_at = null where name like 'tick-%'");
        Stack.Service first = stack.launchApi(Map.of());
        Stack.Service second = stack.launchApi(Map.of());
        first.process().awaitReady(first.port());
        second.process().awaitReady(second.port());
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() ->
                        names.stream().allMatch(name -> jobsOf("schedule:" + name).size() == 2));
        Awaitility.await()
                .during(Duration.ofSeconds(12))
                .atMost(Duration.ofSeconds(20))
                .until(() ->
                        names.stream().allMatch(name -> jobsOf("schedule:" + name).size() == 2));
    }

    private static Response put(String name, Map<String, Object> body) {
        return stack.given(stack.tokens().admin()).body(body).put("/api/v1/schedules/" + name);
    }

    private static int runOf(String name, String token) {
        return stack.given(token).post("/api/v1/schedules/" + name + "/runs").statusCode();
    }

    private static List<Map<String, Object>> list() {
        return stack.given(stack.tokens().viewer())
                .get("/api/v1/schedules")
                .jsonPath()
                .getList("items");
    }

    private static List<String> names() {
        return list().stream().map(schedule -> (String) schedule.get("name")).toList();
    }

    private static Map<String, Object> schedule(String name) {
        return list().stream()
                .filter(schedule -> name.equals(schedule.get("name")))
                .findFirst()
                .orElseThrow();
    }

    private static List<Map<String, Object>> jobsOf(String requestedBy) {
        return stack
                .given(stack.tokens().viewer())
                .get("/api/v1/jobs?limit=200")
                .jsonPath()
                .<Map<String, Object>>getList("items")
                .stream()
                .filter(job -> requestedBy.equals(job.get("requestedBy")))
                .toList();
    }

    private static List<String> audited(String path) {
        return stack
                .given(stack.tokens().admin())
                .get("/api/v1/audit?limit=200")
                .jsonPath()
                .<Map<String, Object>>getList("items")
                .stream()
                .filter(entry -> path.equals(entry.get("path")))
                .map(entry -> entry.get("method") + " " + entry.get("status"))
                .toList();
    }
}
