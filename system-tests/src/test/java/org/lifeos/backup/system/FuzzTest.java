package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.system.FuzzedRequests.Request;
import org.lifeos.backup.system.RawHttp.Answer;

/**
 * Every operation of the OpenAPI document with bodies, headers, queries and ids that are nearly
 * right. Whatever is sent, the answer is the contract's, and afterwards the service works.
 *
 * <p>{@code -Dfuzz.requests} says how many are sent, {@code -Dseed} which.
 */
class FuzzTest {
    private static final int REQUESTS = Integer.getInteger("fuzz.requests", 400);
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int ENOUGH_FAILURES = 25;

    /** Accepted jobs that a worker then runs, with the odd values that they have. */
    private static final int JOBS_TO_RUN = 12;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern INSIDES =
            Pattern.compile(
                    "\\bat [\\w.$]+\\(|Exception\\b|org\\.postgresql|java\\.(lang|util|io)");
    private static final Set<String> CODES =
            Arrays.stream(ProblemCode.values()).map(ProblemCode::code).collect(Collectors.toSet());

    private static Stack stack;
    private static FuzzedRequests requests;

    @BeforeAll
    static void start() throws IOException {
        stack = Stack.start();
        Response backup =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(Map.of("label", "before"))
                        .post("/api/v1/backups");
        assertThat(backup.statusCode()).as(backup.asString()).isEqualTo(200);
        // without a worker nothing that is accepted runs, and so nothing hides what comes after it
        stack.worker(0).process().terminate();
        JsonPath job = backup.jsonPath();
        requests =
                new FuzzedRequests(
                        new Random(SEED),
                        JSON.readTree(
                                stack.given(stack.api(0)).get("/q/openapi?format=json").asString()),
                        List.of(
                                stack.tokens().viewer(),
                                stack.tokens().operator(),
                                stack.tokens().admin(),
                                stack.tokens().admin()),
                        Map.of(
                                "/api/v1/jobs/", job.getString("id"),
                                "/api/v1/backups/", job.getString("result.backupId"),
                                "/api/v1/restores/", job.getString("id"),
                                "/api/v1/schedules/", "nightly-backup"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void everyAnswerIsTheContractsAndTheServiceWorksAfterwards() throws IOException {
        assertThat(requests.operations()).isGreaterThanOrEqualTo((int) ContractList.all().count());
        List<String> failures = new ArrayList<>();
        Map<Integer, Integer> statuses = new TreeMap<>();
        long slowestMs;
        try (LivenessWatch liveness = new LivenessWatch(stack.api(0))) {
            for (int i = 0; i < REQUESTS && failures.size() < ENOUGH_FAILURES; i++) {
                Request request = requests.next();
                Answer answer = send(request);
                statuses.merge(answer.status(), 1, Integer::sum);
                String number = "seed %d, request %d: ".formatted(SEED, i);
                fault(request, answer)
                        .ifPresent(fault ->
                                failures.add(
                                        "%s%s%n  %s%n  %s"
                                                .formatted(number, fault, request, cut(answer))));
            }
            liveness.answeredAlways("seed " + SEED);
            slowestMs = liveness.slowestMs();
        }
        System.out.printf(
                "FuzzTest: seed %d, %d requests to %d operations, answers by status %s, slowest liveness %d ms%n",
                SEED, REQUESTS, requests.operations(), statuses, slowestMs);
        assertThat(failures).as(String.join("\n", failures)).isEmpty();
        assertThat(statuses).as("seed %d", SEED).containsKeys(200, 202, 400, 403, 404, 422);
        logIsClean();
        acceptedJobsEnd();
        nextBackupWorks();
    }

    private static Answer send(Request request) {
        try {
            return RawHttp.send(
                    stack.api(0).port(),
                    request.method(),
                    request.uri(),
                    request.headers(),
                    request.body());
        } catch (IOException e) {
            return new Answer(0, e.toString(), new byte[0]);
        }
    }

    private static String cut(Answer answer) {
        String text = answer.toString();
        return text.length() > 1_500 ? text.substring(0, 1_500) + "…" : text;
    }

    /** What is wrong with an answer. */
    private static Optional<String> fault(Request request, Answer answer) {
        String text = answer.text();
        if (answer.status() == 0) {
            return Optional.of("no answer");
        }
        if (stack.secrets().stream().anyMatch(secret -> answer.toString().contains(secret))) {
            return Optional.of("a secret in the answer");
        }
        if (answer.head().contains("X-Injected")) {
            return Optional.of("a header that the request has made");
        }
        if (answer.status() == 429 && !request.token().isEmpty()) {
            return Optional.of("a valid token is locked out");
        }
        if (answer.status() == 503 && request.uri().startsWith("/api/v1/health")) {
            return Optional.empty();
        }
        if (answer.status() >= 500) {
            return Optional.of("the server's own fault");
        }
        if (answer.status() < 400) {
            return Optional.empty();
        }
        return INSIDES.matcher(text).find()
                ? Optional.of("the service's insides in the answer")
                : faultOfProblem(answer);
    }

    private static Optional<String> faultOfProblem(Answer answer) {
        if (!answer.header("Content-Type").orElse("").startsWith("application/problem+json")) {
            return Optional.of("no problem+json");
        }
        try {
            JsonNode problem = JSON.readTree(answer.body());
            boolean whole =
                    CODES.contains(problem.path("code").asText())
                            && problem.path("status").asInt() == answer.status()
                            && !problem.path("title").asText().isBlank()
                            && !problem.path("detail").asText().isBlank()
                            && !problem.path("hint").asText().isBlank();
            return whole ? Optional.empty() : Optional.of("a problem that lacks a part");
        } catch (IOException e) {
            return Optional.of("a problem that is no JSON");
        }
    }

    private static void logIsClean() {
        String log = stack.api(0).process().log();
        assertThat(log.lines().filter(line -> line.contains(" ERROR ") || line.startsWith("\tat ")))
                .as("seed %d: the API's log", SEED)
                .isEmpty();
        assertThat(stack.secrets()).noneMatch(log::contains);
    }

    /** Some run to their end, the others are cancelled while they still wait. */
    private static void acceptedJobsEnd() {
        List<String> queued =
                stack
                        .server()
                        .rows(
                                stack.serviceDatabase(),
                                "select id from job where state = 'QUEUED' order by md5(id::text)")
                        .stream()
                        .map(List::getFirst)
                        .toList();
        assertThat(queued).as("seed %d: nothing was accepted", SEED).isNotEmpty();
        int running = Math.min(queued.size(), JOBS_TO_RUN);
        queued.subList(running, queued.size())
                .forEach(id ->
                        stack.given(stack.tokens().admin())
                                .post("/api/v1/jobs/{id}/cancel", id)
                                .then()
                                .statusCode(202));
        stack.startWorker(Map.of("OLLAMA_BASE_URL", "http://127.0.0.1:1"));
        for (String id : queued.subList(0, running)) {
            JsonPath job = stack.awaitJobEnds(id);
            String code = job.getString("failure.code");
            assertThat(code == null || CODES.contains(code) && !code.equals("internal-error"))
                    .as("seed %d: %s", SEED, job.prettify())
                    .isTrue();
        }
    }

    private static void nextBackupWorks() {
        Response answer =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(Map.of("label", "after"))
                        .post("/api/v1/backups");
        assertThat(answer.statusCode()).as("seed %d: %s", SEED, answer.asString()).isEqualTo(200);
    }
}
