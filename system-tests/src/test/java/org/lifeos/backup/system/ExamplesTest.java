package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.system.ContractList.Operation;
import org.lifeos.backup.testing.GitFolder;
import org.lifeos.backup.testing.OllamaStandIn;
import org.lifeos.backup.testing.PostgresServer;

/** The examples of the OpenAPI document work as they stand, when the console sends them. */
class ExamplesTest {
    /** The one that examples name, as the configuration's defaults do. */
    private static final String DATABASE = "lifeos";

    @TempDir static Path mirror;

    private static Stack stack;
    private static OllamaStandIn ollama;

    @BeforeAll
    static void start() throws IOException {
        stack = Stack.start(Stack.Setup.standard().workers(0));
        dropDatabases();
        stack.targetServer().createDatabaseFrom(stack.targetDatabase(), DATABASE);
        ollama = OllamaStandIn.start().has("llama3.2:latest", "a", 2_019_393_189L);
        Files.createDirectory(mirror.resolve("output"));
        stack.startWorker(
                Map.of(
                        "LIFEOS_DB_NAME", DATABASE,
                        "OLLAMA_BASE_URL", ollama.url(),
                        "SYNC_MIRROR_DIR", mirror.toString()));
        GitFolder.createPushed(stack.home());
    }

    @AfterAll
    static void stop() {
        stack.close();
        ollama.close();
        dropDatabases();
    }

    @Test
    void everyExampleWorksAsItIsSent() {
        Map<String, String> parameters = new HashMap<>();
        parameters.put("{id}", result(admin().post("/api/v1/backups")).getString("backupId"));
        parameters.put("{name}", "example");
        assertThat(result(admin().post("/api/v1/ollama/manifests")).getInt("models")).isEqualTo(1);
        List<Operation> operations =
                ContractList.all().filter(it -> !it.fieldNames().isEmpty()).toList();
        assertThat(operations).hasSizeGreaterThanOrEqualTo(7);
        for (Operation operation : operations) {
            assertThat(examples(operation)).as(operation.toString()).isNotEmpty();
            for (Object example : examples(operation)) {
                Response answer = send(operation, example, parameters);
                assertThat(answer.statusCode())
                        .as("%s %s: %s".formatted(operation, example, answer.asString()))
                        .isIn(200, 201);
                if (operation.path().endsWith("/restores")
                        && result(answer).getString("previousDatabase") != null) {
                    parameters.put("{jobId}", answer.jsonPath().getString("id"));
                }
            }
        }
    }

    private static Response send(
            Operation operation, Object example, Map<String, String> parameters) {
        String path = operation.path();
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            path = path.replace(parameter.getKey(), parameter.getValue());
        }
        return admin().body(((Map<?, ?>) example).get("value")).request(operation.method(), path);
    }

    private static Collection<?> examples(Operation operation) {
        Map<String, Map<String, Map<String, Object>>> paths =
                stack.given(stack.api(0)).get("/q/openapi?format=json").jsonPath().getMap("paths");
        Map<?, ?> documented =
                paths.get(operation.path()).get(operation.method().toLowerCase(Locale.ROOT));
        Map<?, ?> body = (Map<?, ?>) documented.get("requestBody");
        Map<?, ?> json = (Map<?, ?>) ((Map<?, ?>) body.get("content")).get("application/json");
        return ((Map<?, ?>) json.get("examples")).values();
    }

    private static JsonPath result(Response answer) {
        return answer.jsonPath().setRootPath("result");
    }

    private static RequestSpecification admin() {
        return stack.given(stack.tokens().admin()).header("Prefer", "wait=60");
    }

    private static void dropDatabases() {
        PostgresServer server = PostgresServer.shared();
        Stream.concat(
                        Stream.of(DATABASE, "lifeos_copy"),
                        server
                                .rows(
                                        "postgres",
                                        "SELECT datname FROM pg_database WHERE datname LIKE 'lifeos\\_before\\_%'")
                                .stream()
                                .map(List::getFirst))
                .forEach(server::dropDatabase);
    }
}
