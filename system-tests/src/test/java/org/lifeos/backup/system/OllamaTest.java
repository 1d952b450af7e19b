package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.testing.OllamaStandIn.succeeds;
import static org.lifeos.backup.testing.OllamaStandIn.whole;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.OllamaStandIn;

/** Ollama's models as callers see them: the list, the re-pull, and what happens in its middle. */
class OllamaTest {
    private static final String LLAMA = "llama3.2:latest";
    private static final String QWEN = "hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M";

    private static Stack stack;
    private OllamaStandIn ollama;
    private Stack.Service worker;

    @BeforeAll
    static void startApi() {
        stack = Stack.start(Stack.Setup.standard().workers(0));
    }

    @AfterAll
    static void stopApi() {
        stack.close();
    }

    @BeforeEach
    void start() {
        ollama = OllamaStandIn.start();
        worker = worker("ollama-worker");
    }

    private Stack.Service worker(String name) {
        Map<String, String> environment = new HashMap<>();
        environment.put("BACKUP_WORKER_NAME", name);
        environment.put("OLLAMA_BASE_URL", ollama.url());
        environment.put("BACKUP_LEASE_SECONDS", "2");
        environment.put("BACKUP_RETRY_DELAY_SECONDS", "0");
        environment.put("OLLAMA_RETRY_DELAY_SECONDS", "0");
        environment.put("OLLAMA_RECHECK_SECONDS", "1");
        environment.put("OLLAMA_RETRIES", "1");
        return stack.startWorker(environment);
    }

    @AfterEach
    void stop() throws IOException {
        if (worker.process().alive()) {
            worker.process().kill9();
        }
        ollama.close();
        for (String file : Stack.filesIn(data())) {
            Files.delete(data().resolve(file));
        }
        stack.server()
                .rows(
                        stack.serviceDatabase(),
                        "delete from job where type like 'ollama-%' returning 1");
    }

    private static Path data() {
        return stack.home().resolve("data");
    }

    private static Response post(String path, Object body) {
        return stack.given(stack.tokens().admin())
                .header("Prefer", "wait=60")
                .body(body)
                .post("/api/v1/ollama/" + path);
    }

    private static JsonPath succeeded(Response answer) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static String begin() {
        Response answer =
                stack.given(stack.tokens().admin()).body("{}").post("/api/v1/ollama/restores");
        assertThat(answer.statusCode()).isEqualTo(202);
        return answer.jsonPath().getString("id");
    }

    private static Response manifest(String accept) {
        return stack.given(stack.tokens().viewer()).accept(accept).get("/api/v1/ollama/manifest");
    }

    private static Map<String, String> outcomes(JsonPath job) {
        Map<String, String> outcomes = new HashMap<>();
        job.<Map<String, Object>>getList("result.models")
                .forEach(model ->
                        outcomes.put((String) model.get("model"), (String) model.get("outcome")));
        return outcomes;
    }

    @Test
    void modelsThatWereSavedComeBackAfterADisaster() throws IOException {
        assertThat(manifest("application/json").statusCode()).isEqualTo(404);
        assertThat(manifest("application/json").jsonPath().getString("code"))
                .isEqualTo("not-checked-yet");
        ollama.has(LLAMA, "a", 2_019_393_189L).has(QWEN, "b", 5_027_000_000L);

        JsonPath saved = succeeded(post("manifests", "{}"));

        assertThat(saved.getInt("result.models")).isEqualTo(2);
        assertThat(saved.getString("result.path"))
                .isEqualTo(data().resolve("ollama_models_manifest.txt").toString());
        String text = Files.readString(data().resolve("ollama_models_manifest.txt"));
        assertThat(manifest("text/plain").asString()).isEqualTo(text);
        JsonPath view = manifest("application/json").jsonPath();
        assertThat(view.<String>getList("models.name")).containsExactlyInAnyOrder(LLAMA, QWEN);
        assertThat(view.getLong("models.find { it.name == '%s' }.sizeBytes".formatted(LLAMA)))
                .isEqualTo(2_019_393_189L);

        ollama.losesAll();
        ollama.pull(LLAMA, succeeds("a", 2_019_393_189L));
        JsonPath dry = succeeded(post("restores", "{\"dryRun\": true}"));
        assertThat(outcomes(dry)).containsEntry(LLAMA, "MISSING").containsEntry(QWEN, "MISSING");
        assertThat(dry.getLong("result.fetchBytes")).isEqualTo(7_046_393_189L);
        assertThat(ollama.pulls()).isZero();

        JsonPath restored = succeeded(post("restores", "{}"));
        assertThat(outcomes(restored))
                .containsEntry(LLAMA, "EXACT")
                .containsEntry(QWEN, "NOT_IN_REGISTRY");
        assertThat(restored.getInt("result.failed")).isEqualTo(1);
        assertThat(restored.getString("result.models.find { it.outcome == 'EXACT' }.digest"))
                .isEqualTo(whole("a"));
        String last =
                stack.given(stack.tokens().viewer())
                        .accept("text/plain")
                        .get("/api/v1/jobs/" + restored.getString("id"))
                        .asString()
                        .lines()
                        .reduce((_, line) -> line)
                        .orElseThrow();
        assertThat(last)
                .isEqualTo("SUCCEEDED %s models-failed".formatted(restored.getString("id")));

        Response refused = post("manifests", "{}");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.jsonPath().getString("code")).isEqualTo("ollama-restore-incomplete");
        assertThat(Files.readString(data().resolve("ollama_models_manifest.txt"))).isEqualTo(text);
    }

    @Test
    void workerKilledInTheMiddleIsFollowedByOneThatSkipsWhatIsThere() {
        ollama.has("first:1b", "a", 10).has("second:1b", "b", 20).has("third:1b", "c", 30);
        succeeded(post("manifests", "{}"));
        ollama.losesAll();
        ollama.pull("first:1b", succeeds("a", 10));
        ollama.pull(
                "second:1b",
                pull -> {
                    pull.status("pulling manifest");
                    pull.repeat("{\"digest\":\"sha256:x\",\"total\":20,\"completed\":15}", 60);
                },
                pull -> {
                    pull.status("pulling manifest");
                    pull.progress("x", 20, 15);
                    pull.finish("b", 20);
                });
        ollama.pull("third:1b", succeeds("c", 30));
        String id = begin();
        Awaitility.await().until(() -> ollama.pulls("second:1b") == 1);

        worker.process().kill9();
        worker = worker("survivor");
        JsonPath job = stack.awaitJobEnds(id);

        assertThat(job.getString("state")).isEqualTo("SUCCEEDED");
        assertThat(job.getInt("attempt")).isEqualTo(2);
        assertThat(outcomes(job))
                .containsEntry("first:1b", "ALREADY_EXACT")
                .containsEntry("second:1b", "EXACT")
                .containsEntry("third:1b", "EXACT");
        assertThat(ollama.pulls("first:1b")).isEqualTo(1);
        assertThat(ollama.pulls("second:1b")).isEqualTo(2);
    }

    @Test
    void cancelClosesTheConnectionAndASaveWaitsForThatAndThenIsRefused() {
        ollama.has("m:1b", "a", 1_000);
        succeeded(post("manifests", "{}"));
        ollama.losesAll();
        ollama.pull(
                "m:1b",
                pull -> {
                    pull.status("pulling manifest");
                    pull.repeat("{\"digest\":\"sha256:x\",\"total\":1000,\"completed\":250}", 60);
                });
        String id = begin();
        Awaitility.await()
                .until(() -> Integer.valueOf(25).equals(stack.job(id).get("progress.percent")));
        assertThat(stack.job(id).getString("progress.message")).contains("m:1b");
        Response save =
                stack.given(stack.tokens().operator()).body("{}").post("/api/v1/ollama/manifests");
        String waiting = save.jsonPath().getString("id");
        assertThat(stack.job(waiting).getString("state")).isEqualTo("QUEUED");
        assertThat(ollama.departures()).isEmpty();

        long cancelled = System.nanoTime();
        assertThat(
                        stack.given(stack.tokens().admin())
                                .post("/api/v1/jobs/" + id + "/cancel")
                                .statusCode())
                .isEqualTo(202);
        JsonPath job = stack.awaitJobEnds(id);

        assertThat(job.getString("state")).isEqualTo("CANCELLED");
        assertThat(ollama.departures()).hasSize(1);
        assertThat(Duration.ofNanos(ollama.departures().getFirst() - cancelled))
                .isLessThan(Duration.ofSeconds(1));
        assertThat(ollama.pulls()).isEqualTo(1);
        assertThat(stack.awaitJobEnds(waiting).getString("failure.code"))
                .isEqualTo("ollama-list-empty");
    }

    @Test
    void fullDiskEndsTheRunWithWhatIsThere() {
        ollama.has("first:1b", "a", 10).has("second:1b", "b", 20).has("third:1b", "c", 30);
        succeeded(post("manifests", "{}"));
        ollama.losesAll();
        ollama.pull("first:1b", succeeds("a", 10));
        ollama.pull(
                "second:1b",
                pull ->
                        pull.error(
                                "write /root/.ollama/models/blobs/sha256-ab-partial: no space left on device"));

        Response answer = post("restores", "{}");

        assertThat(answer.statusCode()).isEqualTo(507);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("disk-full");
        assertThat(answer.jsonPath().getString("detail"))
                .contains("second:1b", "no space left on device");
        assertThat(outcomes(answer.jsonPath().setRootPath("job")))
                .isEqualTo(Map.of("first:1b", "EXACT"));
        assertThat(ollama.pulls("third:1b")).isZero();
    }

    @Test
    void progressIsWrittenTwiceASecondAtMost() {
        ollama.has("m:1b", "a", 300);
        succeeded(post("manifests", "{}"));
        ollama.losesAll();
        ollama.pull(
                "m:1b",
                pull -> {
                    pull.status("pulling manifest");
                    for (int i = 1; i <= 300; i++) {
                        pull.progress("x", 300, i);
                        pull.sleep(10);
                    }
                    pull.finish("a", 300);
                });
        String id = begin();
        Awaitility.await().until(() -> ollama.pulls() == 1);
        long begun = System.nanoTime();
        Set<String> seen = new HashSet<>();
        Awaitility.await()
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    seen.add(progress(id));
                    return !ollama.departures().isEmpty();
                });
        double seconds = (System.nanoTime() - begun) / 1e9;

        assertThat(stack.awaitJobEnds(id).getString("state")).isEqualTo("SUCCEEDED");
        assertThat((double) seen.size()).isGreaterThan(3).isLessThanOrEqualTo(2 * seconds + 2);
    }

    private static String progress(String id) {
        return stack.server()
                .rows(
                        stack.serviceDatabase(),
                        "select progress::text from job where id = '%s'".formatted(id))
                .toString();
    }

    @Test
    void ollamaThatIsAwayIsAProblemThatSaysWhere() {
        ollama.goAway();

        Response answer = post("manifests", "{}");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("ollama-unreachable");
        assertThat(answer.jsonPath().getString("detail")).contains(ollama.url());
        assertThat(Stack.filesIn(data())).isEmpty();
    }

    @Test
    void fieldsAreChecked() {
        List<String> wrong =
                List.of(
                        "{\"models\": [\"a b\"]}",
                        "{\"models\": []}",
                        "{\"models\": [null]}",
                        "{\"models\": \"m\"}",
                        "{\"manifest\": \"../../etc/passwd\"}",
                        "{\"manifest\": \"other.txt\"}",
                        "{\"force\": \"yes\"}",
                        "{\"unknown\": 1}");
        for (String body : wrong) {
            Response answer = post("restores", body);
            assertThat(answer.statusCode()).as(body + answer.asString()).isEqualTo(422);
            assertThat(answer.jsonPath().getString("code")).isEqualTo("invalid-field");
        }
        Response missing =
                post("restores", "{\"manifest\": \"ollama_models_manifest_20200101_000000.txt\"}");
        assertThat(missing.statusCode()).isEqualTo(409);
        assertThat(missing.jsonPath().getString("code")).isEqualTo("ollama-manifest-missing");
    }
}
