package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.testing.ProjectRoot;

/** What the service says of itself is true: its OpenAPI document, its console, its problems. */
class ContractTest {
    private static final Stack STACK = Stack.shared();
    private static final List<String> METHODS = List.of("get", "post", "put", "patch", "delete");
    private static final String PARAMETER = "\\{[^}]+}";
    private static final Pattern ASSET = Pattern.compile("(?:src|href)=\"([^\"#]+\\.(?:js|css))\"");
    private static final Pattern ROW =
            Pattern.compile("\\| `([^`]+)` \\| (\\d+) \\| (yes|no) \\| (.*) \\| (.*) \\|");

    private static JsonPath document() {
        Response answer = open().get("/q/openapi?format=json");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.contentType()).startsWith("application/json");
        return answer.jsonPath();
    }

    static Stream<String> paths() {
        return document().<Map<String, Object>>get("paths").keySet().stream();
    }

    @Test
    void documentIsOpenAndSaysHowToComeIn() {
        assertThat(open().get("/q/openapi").asString()).startsWith("---\nopenapi: 3.");
        JsonPath document = document();
        assertThat(document.getString("openapi")).startsWith("3.");
        assertThat(document.getString("components.securitySchemes.token.type")).isEqualTo("http");
        assertThat(document.getString("components.securitySchemes.token.scheme"))
                .isEqualTo("bearer");
        assertThat(document.getList("security.token")).hasSize(1);
        assertThat(paths()).isNotEmpty().allMatch(path -> path.startsWith("/api/v1/"));
    }

    @ParameterizedTest
    @MethodSource("paths")
    void everyPathAnswersItsMethodsAndNoOthers(String path) {
        Map<String, Map<String, Map<String, Object>>> document = document().getMap("paths");
        String sent = path.replaceAll(PARAMETER, "no-such-thing");
        for (String method : METHODS) {
            Map<String, Object> operation = document.get(path).get(method);
            Response answer = harmless(method, sent);
            if (operation != null) {
                assertThat(answer.statusCode()).as(method).isNotIn(401, 403, 405, 500);
                assertThat(operation).containsKeys("operationId", "summary", "tags", "responses");
                Map<?, ?> body = (Map<?, ?>) operation.get("requestBody");
                assertThat(body == null || body.get("required") != Boolean.TRUE)
                        .as(method)
                        .isTrue();
                assertThat(((Map<?, ?>) operation.get("responses")).keySet())
                        .anySatisfy(status -> assertThat((String) status).startsWith("2"));
            } else if (document.entrySet().stream()
                    .filter(other -> sent.matches(other.getKey().replaceAll(PARAMETER, "[^/]+")))
                    .noneMatch(other -> other.getValue().containsKey(method))) {
                assertThat(answer.statusCode()).as(method).isEqualTo(405);
                assertThat(answer.jsonPath().getString("code")).isEqualTo("method-not-allowed");
            }
        }
    }

    @Test
    void schemasHoldTheFieldsThatAreAnswered() {
        RequestSpecification operator = STACK.given(STACK.tokens().operator());
        JsonPath job = operator.header("Prefer", "wait=60").post("/api/v1/backups").jsonPath();
        requireSchema("Job", job.getMap("$"));
        requireSchema(
                "Backup", look("/api/v1/backups/" + job.getString("result.backupId")).getMap("$"));
        Map<String, Object> problem = look("/api/v1/jobs/none").getMap("$");
        problem.put("job", null);
        requireSchema("ProblemBody", problem);
    }

    @Test
    void consoleIsOpenWithAllItsParts() {
        Response page = open().get("/q/swagger-ui/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.contentType()).startsWith("text/html");
        assertThat(page.asString()).contains("/q/openapi");
        List<String> assets =
                ASSET.matcher(page.asString()).results().map(match -> match.group(1)).toList();
        assertThat(assets).hasSizeGreaterThan(2);
        for (String asset : assets) {
            String path = asset.startsWith("/") ? asset : "/q/swagger-ui/" + asset;
            assertThat(open().get(path).statusCode()).as(path).isEqualTo(200);
        }
    }

    @Test
    void pageOfProblemsIsTheCatalogue() throws IOException {
        List<String> rows =
                Files.readAllLines(ProjectRoot.find().resolve("docs/problems.md")).stream()
                        .filter(line -> ROW.matcher(line).matches())
                        .toList();
        List<String> catalogue =
                Arrays.stream(ProblemCode.values())
                        .map(code ->
                                "| `%s` | %d | %s | %s | %s |"
                                        .formatted(
                                                code.code(),
                                                code.status(),
                                                code.retryable() ? "yes" : "no",
                                                code.title(),
                                                code.hint()))
                        .toList();
        assertThat(rows).containsExactlyElementsOf(catalogue);
    }

    private static void requireSchema(String name, Map<String, Object> answered) {
        Set<String> documented =
                document()
                        .<String, Object>getMap("components.schemas." + name + ".properties")
                        .keySet();
        assertThat(documented).as(name).containsExactlyInAnyOrderElementsOf(answered.keySet());
    }

    private static RequestSpecification open() {
        return STACK.given(STACK.api(0));
    }

    private static JsonPath look(String path) {
        return STACK.given(STACK.tokens().viewer()).get(path).jsonPath();
    }

    private static Response harmless(String method, String path) {
        RequestSpecification request = STACK.given(STACK.tokens().admin());
        if (!method.equals("get")) {
            request.body("{\"nobodyKnowsThis\": 1}");
        }
        return request.request(method.toUpperCase(Locale.ROOT), path);
    }
}
