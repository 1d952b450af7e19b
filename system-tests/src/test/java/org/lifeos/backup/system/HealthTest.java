package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.WireProxy;

/** GET /health of the real service tells what is on the disk, also when little else works. */
class HealthTest {
    private static final String AGE = "backup-age:lifeos";

    private PostgresServer server;
    private Stack stack;

    @BeforeEach
    void start() {
        server = PostgresServer.start();
        stack = Stack.start(Stack.Setup.standard().server(server).withSchedules());
    }

    @AfterEach
    void stop() {
        stack.close();
        server.close();
    }

    @Test
    void backupThatIsProvenIsWellAndCriticalWhenItsFileIsGone() throws IOException {
        Response before = health();
        assertThat(before.statusCode()).isEqualTo(503);
        assertThat(before.contentType()).startsWith("application/json");
        assertThat(status(before, AGE)).isEqualTo("CRITICAL");
        take("restore");

        Response after =
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .until(this::health, answer -> answer.statusCode() == 200);
        assertThat(after.jsonPath().getString("status")).isEqualTo("WARNING");
        assertThat(after.jsonPath().getMap("$")).containsOnlyKeys("status", "checkedAt", "checks");
        for (Map<String, Object> check : after.jsonPath().<Map<String, Object>>getList("checks")) {
            assertThat(check)
                    .containsOnlyKeys(
                            "id", "status", "summary", "observed", "threshold", "since", "hint");
        }
        for (String id :
                List.of(
                        AGE,
                        "backup-size:lifeos",
                        "backups-whole:lifeos",
                        "restore-test:lifeos",
                        "retention:lifeos",
                        "disk-space",
                        "workers",
                        "jobs",
                        "target:lifeos",
                        "schedule:nightly-backup")) {
            assertThat(status(after, id)).as(id).isEqualTo("OK");
        }
        String text =
                stack.given(stack.tokens().viewer())
                        .accept("text/plain")
                        .get("/api/v1/health")
                        .asString();
        assertThat(text.lines().findFirst().orElseThrow()).startsWith("WARNING: ");

        for (Path dump : dumps()) {
            Files.delete(dump);
        }
        assertThat(health().statusCode()).isEqualTo(503);
        assertThat(status(health(), AGE)).isEqualTo("CRITICAL");
    }

    @Test
    void diskIsToldWhileTheServiceDatabaseIsAway() {
        take("none");
        server.stopImmediately();
        Response answer = health();
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(status(answer, "service-database")).isEqualTo("CRITICAL");
        assertThat(status(answer, AGE)).isEqualTo("OK");
        assertThat(status(answer, "workers")).isEqualTo("WARNING");
        assertThat(answer.time()).isLessThan(15_000);
        assertThat(stack.secrets()).noneMatch(answer.asString()::contains);
        server.startAgain();
    }

    @Test
    void databaseThatHangsHoldsNobody() {
        take("none");
        try (WireProxy proxy = WireProxy.to(server)) {
            Stack.Service api =
                    stack.startApi(
                            Map.of(
                                    "BACKUP_DB_HOST", proxy.host(),
                                    "BACKUP_DB_PORT", Integer.toString(proxy.port())));
            proxy.stall();
            Response answer = stack.given(stack.tokens().viewer(), api).get("/api/v1/health");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.time()).isLessThan(15_000);
            assertThat(status(answer, "service-database")).isEqualTo("CRITICAL");
            assertThat(status(answer, AGE)).isEqualTo("OK");
            proxy.resume();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() ->
                            status(
                                            stack.given(stack.tokens().viewer(), api)
                                                    .get("/api/v1/health"),
                                            "service-database")
                                    .equals("OK"));
        }
    }

    private void take(String verify) {
        stack.given(stack.tokens().operator())
                .header("Prefer", "wait=60")
                .body(Map.of("verify", verify))
                .post("/api/v1/backups")
                .then()
                .statusCode(200);
    }

    private List<Path> dumps() throws IOException {
        try (Stream<Path> files = Files.list(stack.backupFolder())) {
            return files.filter(file -> file.toString().endsWith(".sql.gz")).toList();
        }
    }

    private Response health() {
        return stack.given(stack.tokens().viewer()).get("/api/v1/health");
    }

    private static String status(Response answer, String id) {
        return answer.jsonPath().getString("checks.find { it.id == '%s' }.status".formatted(id));
    }
}
