package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The synced folders as callers see them: the comparison, the restore, and a worker that dies in
 * it.
 */
class FilesTest {
    private static final int MANY = 400;

    @TempDir static Path mirror;

    private static Stack stack;
    private static Stack.Service worker;

    @BeforeAll
    static void start() {
        stack = Stack.start(Stack.Setup.standard().workers(0));
        worker = startWorker();
    }

    private static Stack.Service startWorker() {
        return stack.startWorker(
                Map.of("SYNC_MIRROR_DIR", mirror.toString(), "BACKUP_LEASE_SECONDS", "2"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @BeforeEach
    void inSync() throws IOException {
        for (Path root : List.of(mirror, stack.home())) {
            for (String name : Stack.filesIn(root)) {
                Files.delete(root.resolve(name));
            }
            write(root.resolve("output/a.txt"), 10);
            write(root.resolve("data/b.txt"), 20);
        }
    }

    private static void write(Path file, int bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[bytes]);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-31T03:00:00Z")));
    }

    private static Response post(String path, String token, String body) {
        return stack.given(token)
                .header("Prefer", "wait=60")
                .body(body)
                .post("/api/v1/files/" + path);
    }

    private static JsonPath restored(String body) {
        Response answer = post("restores", stack.tokens().admin(), body);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static Response files() {
        return stack.given(stack.tokens().viewer()).get("/api/v1/files");
    }

    private static String state(JsonPath result, String folder) {
        return result.getString("folders.find { it.folder == '%s' }.mirrorState".formatted(folder));
    }

    @Test
    void lastComparisonCanBeSeen() throws IOException {
        stack.server()
                .execute(stack.serviceDatabase(), "delete from job where type = 'files-check'");
        assertThat(files().statusCode()).isEqualTo(404);
        assertThat(files().jsonPath().getString("code")).isEqualTo("not-checked-yet");
        write(stack.home().resolve("output/f4.bin"), 4);

        Response checked = post("checks", stack.tokens().operator(), "{}");

        assertThat(checked.statusCode()).as(checked.asString()).isEqualTo(200);
        JsonPath result = checked.jsonPath().setRootPath("result");
        assertThat(state(result, "output")).isEqualTo("MISSING");
        assertThat(state(result, "data")).isEqualTo("IN_SYNC");
        assertThat(result.<String>getList("folders.find { it.folder == 'output' }.differences"))
                .containsExactly("output/f4.bin: missing in the mirror");
        assertThat(result.getString("mirror.path")).isEqualTo(mirror.toString());
        assertThat(files().jsonPath().<Object>get("$"))
                .isEqualTo(checked.jsonPath().<Object>get("result"));
        String text =
                stack.given(stack.tokens().viewer())
                        .accept("text/plain")
                        .get("/api/v1/jobs/" + checked.jsonPath().getString("id"))
                        .asString();
        assertThat(text.lines().toList().getLast()).endsWith(" MISSING");
    }

    @Test
    void foldersComeBackAndNothingIsRemoved() throws IOException {
        write(mirror.resolve("output/lost.png"), 3_000);
        write(mirror.resolve("uploads/lost.txt"), 30);
        write(stack.home().resolve("output/mine"), 5);

        JsonPath planned = restored("{\"confirm\": \"files\", \"dryRun\": true}");
        assertThat(planned.getLong("result.files")).isEqualTo(2);
        assertThat(planned.getLong("result.bytes")).isEqualTo(3_030);
        assertThat(stack.home().resolve("output/lost.png")).doesNotExist();

        restored("{\"confirm\": \"files\", \"folders\": [\"output\"]}");
        assertThat(stack.home().resolve("output/lost.png")).hasSize(3_000);
        assertThat(stack.home().resolve("output/mine")).exists();
        assertThat(stack.home().resolve("uploads/lost.txt")).doesNotExist();
    }

    @Test
    void restoreOfAKilledWorkerIsFinishedByAnother() throws IOException {
        for (int i = 0; i < MANY; i++) {
            write(mirror.resolve("output/many/%03d.bin".formatted(i)), 100_000 + i);
        }
        String id =
                stack.given(stack.tokens().admin())
                        .body("{\"confirm\": \"files\"}")
                        .post("/api/v1/files/restores")
                        .jsonPath()
                        .getString("id");
        Path many = stack.home().resolve("output/many");
        Awaitility.await()
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(30))
                .until(() -> Stack.filesIn(many).size() > MANY / 20);
        worker.process().kill9();
        int before = Stack.filesIn(many).size();
        worker = startWorker();

        JsonPath job = stack.awaitJobEnds(id);

        System.out.printf("FilesTest: killed after %d of %d files%n", before, MANY);
        assertThat(job.getString("state")).as(job.prettify()).isEqualTo("SUCCEEDED");
        for (int i = 0; i < MANY; i++) {
            assertThat(many.resolve("%03d.bin".formatted(i))).hasSize(100_000 + i);
        }
        assertThat(Stack.filesIn(stack.home())).noneMatch(name -> name.contains(".files-restore."));
    }

    @Test
    void mirrorThatIsAwayIsAProblemForTheRestoreAndUnprovenForTheCheck() throws IOException {
        Path away = mirror.resolveSibling(mirror.getFileName() + "-away");
        Files.move(mirror, away);
        try {
            Response refused = post("restores", stack.tokens().admin(), "{\"confirm\": \"files\"}");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.jsonPath().getString("code")).isEqualTo("mirror-unavailable");
            JsonPath result =
                    post("checks", stack.tokens().operator(), "{}")
                            .jsonPath()
                            .setRootPath("result");
            assertThat(state(result, "output")).isEqualTo("UNPROVEN");
            assertThat(result.getString("mirror.problem")).contains(mirror.toString());
        } finally {
            Files.move(away, mirror);
        }
    }

    @Test
    void fieldsAreChecked() {
        for (String body :
                List.of(
                        "{}",
                        "{\"confirm\": \"yes\"}",
                        "{\"confirm\": \"files\", \"folders\": []}",
                        "{\"confirm\": \"files\", \"folders\": [\"../etc\"]}",
                        "{\"confirm\": \"files\", \"folders\": [null]}",
                        "{\"confirm\": \"files\", \"conflict\": \"delete\"}")) {
            Response answer = post("restores", stack.tokens().admin(), body);
            assertThat(answer.statusCode()).as(body + answer.asString()).isEqualTo(422);
        }
        assertThat(
                        post("restores", stack.tokens().operator(), "{\"confirm\": \"files\"}")
                                .statusCode())
                .isEqualTo(403);
    }
}
