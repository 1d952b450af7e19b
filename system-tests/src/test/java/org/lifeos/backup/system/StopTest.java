package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.path.json.JsonPath;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An API that is told to stop leaves nobody without an answer. */
class StopTest {
    private static final int CALLERS = 40;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @Test
    void callersWhoWaitAreAnsweredBeforeTheApiStops() throws Exception {
        try (Stack stack = Stack.start(Stack.Setup.standard().workers(0));
                HttpClient client = HttpClient.newHttpClient()) {
            List<CompletableFuture<HttpResponse<String>>> waiting =
                    IntStream.range(0, CALLERS)
                            .mapToObj(_ ->
                                    client.sendAsync(
                                            request(stack, "/api/v1/backups")
                                                    .header("Prefer", "wait=60")
                                                    .POST(BodyPublishers.noBody())
                                                    .build(),
                                            BodyHandlers.ofString()))
                            .toList();
            await().atMost(LIMIT).until(() -> jobs(stack).getList("items").size() == CALLERS);
            String id = jobs(stack).getString("items[0].id");
            var events =
                    client.send(
                            request(stack, "/api/v1/jobs/" + id + "/events").build(),
                            BodyHandlers.ofInputStream());
            try (var lines = new BufferedReader(new InputStreamReader(events.body(), UTF_8))) {
                assertThat(lines.readLine()).isEqualTo("event: job");

                long start = System.nanoTime();
                assertThat(stack.api(0).process().terminate()).isIn(0, 128 + 15);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);

                // a stream that was cut off would throw
                assertThat(lines.lines().toList()).contains("").doesNotContain("event: job");
            }
            for (CompletableFuture<HttpResponse<String>> answer : waiting) {
                requireStillRunning(answer.get(1, TimeUnit.SECONDS));
            }
            assertThat(stack.api(0).process().log())
                    .doesNotContain("Exception", " ERROR ", "mistake of the service");
        }
    }

    private static void requireStillRunning(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(504);
        JsonPath problem = JsonPath.from(answer.body());
        String id = problem.getString("job.id");
        assertThat(answer.headers().firstValue("Location")).hasValue("/api/v1/jobs/" + id);
        assertThat(problem.getString("code")).isEqualTo("still-running");
        assertThat(problem.getString("detail")).contains(id, "queued", "stopped");
    }

    private static HttpRequest.Builder request(Stack stack, String path) {
        return HttpRequest.newBuilder(URI.create(stack.api(0).url() + path))
                .header("Authorization", "Bearer " + stack.tokens().operator());
    }

    private static JsonPath jobs(Stack stack) {
        return stack.given(stack.tokens().viewer()).get("/api/v1/jobs").jsonPath();
    }
}
