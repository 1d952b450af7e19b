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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.system.ContractList.Operation;
import org.lifeos.backup.testing.ProjectRoot;

/** What the service says of itself is true: its OpenAPI document, its console, its problems. */
class ContractTest {
    private static final Stack STACK = Stack.shared();
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE");
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

    private static Map<String, Object> documented(Operation operation) {
        Map<String, Map<String, Map<String, Object>>> paths = document().getMap("paths");
        return paths.get(operation.path()).get(operation.method().toLowerCase(Locale.ROOT));
    }

    static Stream<String> paths() {
        return document().<Map<String, Object>>get("paths").keySet().stream();
    }

    static Stream<Operation> operations() {
        return ContractList.all();
    }

    @Test
    void documentHoldsTheOperationsOfTheListAndNoOthers() {
        Map<String, Map<String, Object>> paths = document().getMap("paths");
        List<String> found =
                paths.entrySet().stream()
                        .flatMap(path ->
                                path.getValue().keySet().stream()
                                        .map(method ->
                                                method.toUpperCase(Locale.ROOT)
                                                        + " "
                                                        + path.getKey()))
                        .toList();
        assertThat(found)
                .containsExactlyInAnyOrderElementsOf(
                        operations().map(Operation::toString).toList());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void documentTellsRoleFieldsAndProblemsOfAnOperation(Operation operation) throws IOException {
        Map<String, Object> documented = documented(operation);
        assertThat(documented)
                .containsEntry("x-role", operation.role().code())
                .containsKeys("operationId", "summary", "tags");
        assertThat((String) documented.get("description"))
                .endsWith("Role: " + operation.role().code() + ".");
        requireBody(operation, (Map<?, ?>) documented.get("requestBody"));

        List<?> codes = (List<?>) documented.get("x-problem-codes");
        assertThat(codes).isEqualTo(codes.stream().distinct().toList());
        assertThat(codes.stream().map(String.class::cast)).containsAll(operation.codes());
        Map<String, String> catalogue = pageOfProblems();
        Set<String> statuses =
                codes.stream()
                        .map(code -> {
                            assertThat(catalogue).containsKey((String) code);
                            return catalogue.get(code);
                        })
                        .collect(Collectors.toSet());
        Map<?, ?> responses = (Map<?, ?>) documented.get("responses");
        assertThat(
                        responses.keySet().stream()
                                .map(String.class::cast)
                                .filter(status -> status.compareTo("400") >= 0))
                .containsExactlyInAnyOrderElementsOf(statuses);
        assertThat(responses.keySet())
                .anySatisfy(status -> assertThat((String) status).startsWith("2"));
        for (String status : statuses) {
            Map<?, ?> content = (Map<?, ?>) ((Map<?, ?>) responses.get(status)).get("content");
            assertThat(content.get("application/problem+json"))
                    .hasToString("{schema={$ref=#/components/schemas/Problem}}");
            boolean isHealth = operation.path().endsWith("/health") && status.equals("503");
            assertThat(content).hasSize(isHealth ? 3 : 1);
        }
    }

    private static void requireBody(Operation operation, Map<?, ?> body) {
        assertThat(body != null).isEqualTo(operation.fields().isPresent());
        if (body == null) {
            return;
        }
        boolean required = !operation.requiredFields().isEmpty();
        assertThat(body.get("required") == Boolean.TRUE).isEqualTo(required);
        Map<?, ?> json = (Map<?, ?>) ((Map<?, ?>) body.get("content")).get("application/json");
        String name = ((String) ((Map<?, ?>) json.get("schema")).get("$ref")).replaceAll(".*/", "");
        Map<String, Object> schema = document().getMap("components.schemas." + name);
        Map<?, ?> properties = (Map<?, ?>) schema.getOrDefault("properties", Map.of());
        assertThat(properties.keySet().stream().map(String.class::cast))
                .containsExactlyInAnyOrderElementsOf(operation.fieldNames());
        List<?> needed = (List<?>) schema.getOrDefault("required", List.of());
        assertThat(needed.stream().map(String.class::cast))
                .containsExactlyInAnyOrderElementsOf(operation.requiredFields());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyOperationIsForItsRoleAndThoseAbove(Operation operation) {
        Response refused = harmless(open(), operation);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
        requireProblem(refused, "unauthorized");
        for (Role role : Role.values()) {
            Response answer = harmless(as(role), operation);
            if (role.includes(operation.role())) {
                assertThat(answer.statusCode()).as("as " + role).isNotIn(401, 403, 405, 429, 500);
            } else {
                assertThat(answer.statusCode()).as("as " + role).isEqualTo(403);
                requireProblem(answer, "forbidden");
                assertThat(answer.jsonPath().getString("detail"))
                        .contains(operation.role().code(), role.code());
            }
        }
    }

    @Test
    void headersOfACallThatStartsAJobAreTold() {
        for (Operation operation : operations().toList()) {
            if (!operation.ownCodes().contains("still-running")) {
                continue;
            }
            Map<String, Object> documented = documented(operation);
            List<String> headers =
                    ((List<?>) documented.get("parameters"))
                            .stream()
                                    .map(parameter -> (Map<?, ?>) parameter)
                                    .filter(parameter -> parameter.get("in").equals("header"))
                                    .peek(parameter ->
                                            assertThat((String) parameter.get("description"))
                                                    .isNotBlank())
                                    .map(parameter -> (String) parameter.get("name"))
                                    .toList();
            assertThat(headers).as(operation.toString()).contains("Prefer");
            assertThat(headers.contains("Idempotency-Key"))
                    .as(operation.toString())
                    .isEqualTo(operation.method().equals("POST"));
            assertThat(
                            ((Map<?, ?>) documented.get("responses"))
                                    .keySet().stream().map(String.class::cast))
                    .contains("200", "202", "504");
        }
    }

    @Test
    void resultOfAJobIsOneOfTheKnownShapes() {
        JsonPath document = document();
        List<Map<String, String>> shapes = document.getList("components.schemas.JobResult.anyOf");
        assertThat(shapes).hasSizeGreaterThanOrEqualTo(5);
        for (Map<String, String> shape : shapes) {
            String name = shape.get("$ref").replaceAll(".*/", "");
            assertThat(document.getMap("components.schemas." + name + ".properties")).isNotEmpty();
        }
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
    void pathKnowsItsMethodsAndNoOthers(String path) {
        Map<String, Map<String, Object>> document = document().getMap("paths");
        String sent = path.replaceAll(PARAMETER, "no-such-thing");
        for (String method : METHODS) {
            Set<String> known =
                    document.entrySet().stream()
                            .filter(other ->
                                    sent.matches(other.getKey().replaceAll(PARAMETER, "[^/]+")))
                            .flatMap(other -> other.getValue().keySet().stream())
                            .map(name -> name.toUpperCase(Locale.ROOT))
                            .collect(Collectors.toSet());
            if (!known.contains(method)) {
                Response answer = as(Role.ADMIN).request(method, sent);
                assertThat(answer.statusCode()).as(method).isEqualTo(405);
                requireProblem(answer, "method-not-allowed");
                assertThat(answer.header("Allow").split(", ")).as(method).containsAll(known);
                assertThat(answer.header("Allow")).doesNotContain(method);
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
        requireSchema("Problem", problem);
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

    private static RequestSpecification as(Role role) {
        return STACK.given(
                switch (role) {
                    case VIEWER -> STACK.tokens().viewer();
                    case OPERATOR -> STACK.tokens().operator();
                    case ADMIN -> STACK.tokens().admin();
                });
    }

    private static void requireProblem(Response answer, String code) {
        assertThat(answer.contentType())
                .as(answer.asString())
                .startsWith("application/problem+json");
        assertThat(answer.jsonPath().getString("code")).isEqualTo(code);
    }

    /** Calls with nothing that could do harm: an id that is none, a body that is wrong. */
    private static Response harmless(RequestSpecification request, Operation operation) {
        if (!operation.method().equals("GET")) {
            request.body("{\"nobodyKnowsThis\": 1}");
        }
        return request.request(
                operation.method(), operation.path().replaceAll(PARAMETER, "no-such-thing"));
    }

    /** The statuses of docs/problems.md by their codes, each with a hint. */
    private static Map<String, String> pageOfProblems() throws IOException {
        return Files.readAllLines(ProjectRoot.find().resolve("docs/problems.md")).stream()
                .map(ROW::matcher)
                .filter(row -> row.matches() && !row.group(5).isBlank())
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));
    }
}
