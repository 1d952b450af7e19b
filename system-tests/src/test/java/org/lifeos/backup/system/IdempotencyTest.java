package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A call that is repeated with its {@code Idempotency-Key} does its work once. */
class IdempotencyTest {
    private static final int CALLERS = 60;
    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(Stack.Setup.standard().apis(2));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void sixtyCallsAtOnceToTwoApisAreOneJobAndOneFile() throws Exception {
        CyclicBarrier together = new CyclicBarrier(CALLERS);
        List<Callable<Response>> calls =
                IntStream.range(0, CALLERS)
                        .<Callable<Response>>mapToObj(n ->
                                () -> {
                                    together.await();
                                    return stack.given(stack.tokens().operator(), stack.api(n % 2))
                                            .header("Idempotency-Key", "sixty")
                                            .header("Prefer", "wait=60")
                                            .body(Map.of("label", "sixty"))
                                            .post("/api/v1/backups");
                                })
                        .toList();
        List<Response> answers;
        try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            answers = callers.invokeAll(calls).stream().map(IdempotencyTest::answer).toList();
        }
        assertThat(answers)
                .allSatisfy(answer ->
                        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200));
        assertThat(answers.stream().map(answer -> answer.path("id")).distinct()).hasSize(1);
        assertThat(dumps("_sixty")).hasSize(1);
        assertThat(jobsWith("sixty")).isEqualTo(1);
    }

    @Test
    void anotherBodyIsRefusedAndMakesNoJob() {
        String key = key();
        String id = finished(key, "{\"label\": \"one\"}").getString("id");
        for (String body :
                List.of("{\"label\": \"two\"}", "{}", "", "{\"label\":\"one\",\"pinned\":true}")) {
            Response refused = call(key).body(body).post("/api/v1/backups");
            assertThat(refused.statusCode()).isEqualTo(422);
            assertThat(refused.jsonPath().getString("code")).isEqualTo("idempotency-key-reused");
            assertThat(refused.jsonPath().getString("detail")).contains(key, id);
        }
        assertThat(jobsWith("two")).isZero();
        assertThat(finished(key, "{\"label\": \"one\"}").getString("id")).isEqualTo(id);
    }

    @Test
    void sameJsonWrittenOtherwiseIsTheSameBody() {
        String key = key();
        String id =
                finished(key, "{\"label\":\"same\",\"reason\":\"é\",\"pinned\":false}")
                        .getString("id");
        for (String body :
                List.of(
                        "{\"pinned\":false,\"reason\":\"é\",\"label\":\"same\"}",
                        " {\n\t\"reason\" : \"\\u00e9\",\r\n \"label\" : \"s\\u0061me\", \"pinned\": false } \n")) {
            assertThat(finished(key, body).getString("id")).isEqualTo(id);
        }
        String empty = key();
        id = finished(empty, "").getString("id");
        assertThat(finished(empty, "{}").getString("id")).isEqualTo(id);
        assertThat(finished(empty, " \n").getString("id")).isEqualTo(id);
    }

    @Test
    void answerIsWhatTheFirstCallWouldGetNow() {
        String key = key();
        JsonPath job = finished(key, "{}");
        Response later = call(key).body("{}").post("/api/v1/backups");
        assertThat(later.statusCode()).isEqualTo(202);
        assertThat(later.header("Location")).isEqualTo("/api/v1/jobs/" + job.getString("id"));
        assertThat(later.jsonPath().<Object>get("$")).isEqualTo(job.get("$"));
    }

    @Test
    void everyTokenHasKeysOfItsOwn() {
        String key = key();
        String operators = finished(key, "{}").getString("id");
        Response admins =
                stack.given(stack.tokens().admin())
                        .header("Idempotency-Key", key)
                        .header("Prefer", "wait=60")
                        .post("/api/v1/backups");
        assertThat(admins.statusCode()).isEqualTo(200);
        assertThat(admins.jsonPath().getString("id")).isNotEqualTo(operators);
    }

    @Test
    void repeatedCancelIsAnsweredLikeTheFirstAndKeysBelongToOnePath() throws SQLException {
        String key = key();
        String waiting;
        try (Connection _ = stack.lockTarget()) {
            call(key()).post("/api/v1/backups").then().statusCode(202);
            waiting = call(key).post("/api/v1/backups").then().statusCode(202).extract().path("id");
            String cancel = "/api/v1/jobs/" + waiting + "/cancel";
            for (int i = 0; i < 2; i++) {
                Response answer = call(key).post(cancel);
                assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
                assertThat(answer.jsonPath().getString("state")).isEqualTo("CANCELLED");
            }
            Response withoutKey = stack.given(stack.tokens().operator()).post(cancel);
            assertThat(withoutKey.statusCode()).isEqualTo(409);
            assertThat(withoutKey.jsonPath().getString("code")).isEqualTo("already-ended");
        }
        Response repeated = call(key).header("Prefer", "wait=60").post("/api/v1/backups");
        assertThat(repeated.statusCode()).isEqualTo(409);
        assertThat(repeated.jsonPath().getString("code")).isEqualTo("cancelled");
        assertThat(repeated.jsonPath().getString("job.id")).isEqualTo(waiting);
    }

    @Test
    void callThatWasRefusedLeavesItsKeyFree() {
        String key = key();
        call(key).body("{\"label\": \"../up\"}").post("/api/v1/backups").then().statusCode(422);
        assertThat(finished(key, "{\"label\": \"up\"}").getString("state")).isEqualTo("SUCCEEDED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "tab\tinside", "ümlaut", "129"})
    void keyThatIsNoneIsRefused(String key) {
        String sent = key.equals("129") ? "k".repeat(129) : key;
        Response refused = call(sent).body("{\"label\": \"nokey\"}").post("/api/v1/backups");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.jsonPath().getString("code")).isEqualTo("invalid-header");
        assertThat(refused.jsonPath().getString("detail")).contains("Idempotency-Key");
        assertThat(jobsWith("nokey")).isZero();
    }

    @Test
    void keySentTwiceIsRefusedAndTheLongestIsTaken() {
        Response twice = call("a").header("Idempotency-Key", "b").post("/api/v1/backups");
        assertThat(twice.statusCode()).isEqualTo(400);
        assertThat(twice.jsonPath().getString("detail")).contains("Idempotency-Key");
        String longest = "a key with blanks, ~ and \"quotes\" ".repeat(4).substring(0, 127) + "!";
        String id = finished(longest, "{}").getString("id");
        assertThat(finished(longest, "{}").getString("id")).isEqualTo(id);
    }

    private static RequestSpecification call(String key) {
        return stack.given(stack.tokens().operator()).header("Idempotency-Key", key);
    }

    private static JsonPath finished(String key, String body) {
        Response answer = call(key).header("Prefer", "wait=60").body(body).post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static String key() {
        return UUID.randomUUID().toString();
    }

    private static Response answer(Future<Response> call) {
        try {
            return call.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> dumps(String part) {
        return Stack.filesIn(stack.backupFolder()).stream()
                .filter(file -> file.contains(part) && file.endsWith(".sql.gz"))
                .toList();
    }

    /** How many jobs were recorded with a label. */
    private static int jobsWith(String label) {
        return Integer.parseInt(
                stack.server()
                        .rows(
                                stack.serviceDatabase(),
                                "SELECT count(*) FROM job WHERE request ->> 'label' = '%s'"
                                        .formatted(label))
                        .getFirst()
                        .getFirst());
    }
}
