package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.access.Role;

/** Who may call what, and what is kept of it. */
class AccessTest {
    private static final String WRONG = "token-that-nobody-has";

    @TempDir private static Path folder;
    private static Stack stack;
    private static Path tokenFile;

    /** Its tokens come from {@link #tokenFile}. */
    private static Stack.Service fileApi;

    @BeforeAll
    static void start() {
        tokenFile = folder.resolve("tokens");
        writeTokens(
                "# one\nplain:viewer:from-the-file\nhashed:operator:sha256:" + sha256("hashed"));
        stack = Stack.start(Stack.Setup.standard().workers(0));
        fileApi =
                stack.startApi(
                        Map.of("BACKUP_TOKENS", "", "BACKUP_TOKENS_FILE", tokenFile.toString()));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void noTokenIsInALog() {
        for (Stack.Service api : List.of(stack.api(0), fileApi)) {
            String log = api.process().log();
            assertThat(stack.secrets()).noneMatch(log::contains);
            assertThat(log).doesNotContain(WRONG, "from-the-file", sha256("hashed"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/q/health/live",
                "/q/health/ready",
                "/q/health",
                "/q/openapi",
                "/q/swagger-ui/"
            })
    void healthAndContractAreOpen(String path) {
        assertThat(stack.given(stack.api(0)).get(path).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/q",
                "/q/",
                "/q/metrics",
                "/q/info",
                "/q/healthy",
                "/q/openapi.json",
                "/api/v1/nothing",
                "/q/health/../metrics",
                "/q/openapi/../../api/v1/audit",
                "/q/swagger-ui/%2e%2e/%2e%2e/api/v1/audit",
                "/q/health//../../api/v1/audit",
                "//api/v1/audit",
                "/api/v1/audit/.",
                "/api/v1/audit;/q/health",
                "/api/v1/audit?/q/health"
            })
    void nothingElseIsOpenHoweverItIsWritten(String path) throws Exception {
        URI uri = URI.create(stack.api(0).url() + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String method : List.of("GET", "HEAD", "OPTIONS", "POST", "TRACE")) {
                HttpRequest request =
                        HttpRequest.newBuilder(uri)
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build();
                assertThat(client.send(request, BodyHandlers.discarding()).statusCode())
                        .as(method)
                        .isEqualTo(401);
            }
        }
    }

    @Test
    void metricsAreForViewers() {
        Response metrics = stack.given(stack.tokens().viewer()).get("/q/metrics");
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.asString()).contains("jvm_memory_used_bytes", "http_server_requests");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Bearer ", "Basic %s", "%s", "Bearer %s x", "Bearer %sx"})
    void headerThatHoldsNoTokenIsRefused(String form) {
        String header = form.formatted(stack.tokens().admin());
        Response refused = stack.given(fileApi).header("Authorization", header).get("/api/v1/jobs");
        assertThat(refused.statusCode()).isIn(401, 429);
    }

    @Test
    void hashedTokenIsLetInAndItsHashIsNot() {
        assertThat(statusOf("hashed")).isEqualTo(200);
        assertThat(stack.given("hashed", fileApi).body("[]").post("/api/v1/backups").statusCode())
                .isEqualTo(400);
        assertThat(statusOf(sha256("hashed"))).isIn(401, 429);
        assertThat(statusOf("sha256:" + sha256("hashed"))).isIn(401, 429);
    }

    @Test
    void tokenFileIsReadAgainWhenItChanges() throws IOException {
        String before = Files.readString(tokenFile);
        writeTokens(before + "\nleaver:admin:of-the-leaver\n");
        await().atMost(Duration.ofSeconds(20)).until(() -> statusOf("of-the-leaver") == 200);
        writeTokens(before);
        await().atMost(Duration.ofSeconds(20)).until(() -> statusOf("of-the-leaver") != 200);
        assertThat(statusOf("of-the-leaver")).isIn(401, 429);

        writeTokens(before + "\nthis line is no token from-the-file\n");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> fileApi.process().log().contains("BACKUP_TOKENS_FILE line 4"));
        assertThat(statusOf("from-the-file")).isEqualTo(200);
        Files.delete(tokenFile);
        String unreadable = "BACKUP_TOKENS_FILE cannot be read";
        await().atMost(Duration.ofSeconds(20))
                .until(() -> fileApi.process().log().contains(unreadable));
        assertThat(statusOf("from-the-file")).isEqualTo(200);
        writeTokens(before + "\nnext:viewer:of-the-next");
        await().atMost(Duration.ofSeconds(20)).until(() -> statusOf("of-the-next") == 200);
        assertThat(fileApi.process().log()).containsOnlyOnce(unreadable);
        writeTokens(before);
    }

    @Test
    void wrongTokensAreSlowedDownAndValidOnesAreNot() {
        Response refused = stack.given(WRONG, fileApi).get("/api/v1/jobs");
        for (int i = 0; i < 200 && refused.statusCode() == 401; i++) {
            refused = stack.given(WRONG, fileApi).get("/api/v1/jobs");
        }
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.jsonPath().getString("code")).isEqualTo("too-many-attempts");
        assertThat(Integer.parseInt(refused.header("Retry-After"))).isPositive();
        assertThat(statusOf("from-the-file")).isEqualTo(200);
        assertThat(stack.given(fileApi).get("/q/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void everyMutatingCallIsKeptWithWhoWhatFromWhereAndOutcome() {
        String id =
                as(Role.OPERATOR)
                        .post("/api/v1/backups")
                        .then()
                        .statusCode(202)
                        .extract()
                        .path("id");
        String cancel = "/api/v1/jobs/" + id + "/cancel";
        as(Role.VIEWER).post(cancel).then().statusCode(403);
        as(Role.ADMIN).body("{\"no\": 1}").post(cancel).then().statusCode(422);
        as(Role.ADMIN).post(cancel).then().statusCode(202);
        as(Role.OPERATOR).post(cancel).then().statusCode(409);
        as(Role.OPERATOR).put(cancel).then().statusCode(405);
        as(Role.ADMIN).delete("/api/v1/nothing/" + id).then().statusCode(404);
        as(Role.VIEWER).get("/api/v1/jobs/" + id).then().statusCode(200);

        String job = "operator operator 127.0.0.1 POST /api/v1/backups 202 " + id;
        String of = " 127.0.0.1 POST " + cancel + " ";
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(auditOf(id))
                                .containsExactlyInAnyOrder(
                                        job,
                                        "viewer viewer" + of + "403 forbidden",
                                        "admin admin" + of + "422 invalid-field",
                                        "admin admin" + of + "202 " + id,
                                        "operator operator" + of + "409 already-ended",
                                        "operator operator 127.0.0.1 PUT "
                                                + cancel
                                                + " 405 method-not-allowed",
                                        "admin admin 127.0.0.1 DELETE /api/v1/nothing/"
                                                + id
                                                + " 404 not-found"));
    }

    private static List<String> auditOf(String id) {
        return stack
                .server()
                .rows(
                        stack.serviceDatabase(),
                        """
                        SELECT concat_ws(' ', token, role, remote, method, path, status, coalesce(job_id::text, code))
                        FROM audit WHERE job_id = '%1$s' OR path LIKE '%%%1$s%%' ORDER BY id
                        """
                                .formatted(id))
                .stream()
                .map(List::getFirst)
                .toList();
    }

    private static RequestSpecification as(Role role) {
        return stack.given(tokenOf(role), stack.api(0));
    }

    private static String tokenOf(Role role) {
        return switch (role) {
            case VIEWER -> stack.tokens().viewer();
            case OPERATOR -> stack.tokens().operator();
            case ADMIN -> stack.tokens().admin();
        };
    }

    private static int statusOf(String token) {
        return stack.given(token, fileApi).get("/api/v1/jobs").statusCode();
    }

    private static void writeTokens(String lines) {
        try {
            Path next = Files.writeString(folder.resolve("next"), lines);
            Files.move(next, tokenFile, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
