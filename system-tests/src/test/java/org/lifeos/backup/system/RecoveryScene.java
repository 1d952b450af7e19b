package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.testing.OllamaStandIn.succeeds;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.OllamaStandIn;
import org.lifeos.backup.testing.Receiver;

/**
 * An old machine that is lost, its mirror, and a new machine on which only this service runs; empty
 * again before each test.
 */
abstract class RecoveryScene {
    static final String MODEL = "llama3.2:latest";
    static final long SEED = Long.getLong("seed", System.nanoTime());

    @TempDir static Path mirror;

    static Stack machine;
    static OllamaStandIn ollama;
    static Receiver services;
    static LostMachine lost;
    static Random random;
    Stack.Service worker;

    @BeforeAll
    static void loseAMachine() throws IOException {
        random = new Random(SEED);
        System.out.printf("recovery: seed %d%n", SEED);
        ollama = OllamaStandIn.start();
        services = new Receiver();
        lost = LostMachine.lose(ollama, MODEL, mirror, random);
        machine = Stack.start(Stack.Setup.standard().workers(0));
    }

    @AfterAll
    static void stop() {
        machine.close();
        ollama.close();
        services.close();
    }

    @BeforeEach
    void emptyMachine() throws IOException {
        machine.targetServer().dropDatabase(machine.targetDatabase());
        machine.targetServer().createDatabase(machine.targetDatabase());
        machine.targetServer()
                .execute(
                        "postgres",
                        "ALTER DATABASE %s OWNER TO lifeos".formatted(machine.targetDatabase()));
        removeAllIn(machine.home());
        // row by row, for which no lock of those who read has to be waited
        machine.server().execute(machine.serviceDatabase(), "delete from job");
        machine.server().execute(machine.serviceDatabase(), "delete from backup");
        ollama.losesAll();
        ollama.pull(MODEL, succeeds("a", 2_000));
        services.answer(200);
        worker = startWorker("first");
    }

    private static void removeAllIn(Path folder) throws IOException {
        try (Stream<Path> found = Files.walk(folder)) {
            for (Path path :
                    found.filter(path -> !path.equals(folder))
                            .sorted(Comparator.reverseOrder())
                            .toList()) {
                Files.delete(path);
            }
        }
    }

    static Stack.Service startWorker(String name) {
        Map<String, String> environment = new HashMap<>();
        environment.put("BACKUP_WORKER_NAME", name);
        environment.put("BACKUP_WORKER_CONCURRENCY", "1");
        environment.put("BACKUP_LEASE_SECONDS", "2");
        environment.put("BACKUP_RETRY_DELAY_SECONDS", "0");
        environment.put("OLLAMA_BASE_URL", ollama.url());
        environment.put("OLLAMA_RETRY_DELAY_SECONDS", "0");
        environment.put("OLLAMA_RETRIES", "1");
        environment.put("SYNC_MIRROR_DIR", mirror.toString());
        environment.put("LIFEOS_HEALTH_URL", services.address("/health").toString());
        return machine.startWorker(environment);
    }

    @AfterEach
    void endWorker() {
        if (worker.process().alive()) {
            worker.process().kill9();
        }
    }

    static final String CHECKS = "{\"confirm\": \"recover\", \"steps\": [\"checks\"]}";

    static Response post(String body) {
        return machine.given(machine.tokens().admin())
                .header("Prefer", "wait=100")
                .body(body)
                .post("/api/v1/recoveries");
    }

    static JsonPath recovered(String body) {
        Response answer = post(body);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    static Map<String, String> states(JsonPath job) {
        Map<String, String> states = new LinkedHashMap<>();
        job.<Map<String, Object>>getList("result.steps")
                .forEach(step -> states.put((String) step.get("step"), (String) step.get("state")));
        return states;
    }

    static String detail(JsonPath job, String step) {
        return job.getString("result.steps.find { it.step == '%s' }.detail".formatted(step));
    }

    static void assertAllIsBack(String what) {
        assertThat(DatabaseContent.of(machine.targetServer(), machine.targetDatabase()))
                .as(what)
                .isEqualTo(lost.database());
        assertThat(LostMachine.contents(machine.home()))
                .as(what)
                .containsAllEntriesOf(lost.files());
        assertThat(ollama.model(MODEL)).as(what).isNotNull();
        assertThat(Stack.filesIn(machine.home()))
                .as(what)
                .noneMatch(name -> name.contains(".files-restore.") || name.endsWith(".partial"));
    }

    static List<List<String>> databasesBeside() {
        return machine.targetServer()
                .rows(
                        "postgres",
                        "select datname from pg_database where datname like 'lifeos\\_restore\\_%'");
    }

    static String nameInMirror(String label) {
        return Stack.filesIn(mirror.resolve("backups/postgres")).stream()
                .filter(name -> name.contains(label) && name.endsWith(".sql.gz"))
                .findFirst()
                .orElseThrow();
    }
}
