package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.Eventually;

/**
 * A backup that was verified is not read twice before it is restored; whatever its manifest says,
 * what comes back is compared with what was dumped.
 */
class ProvenRestoreTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String COPY = "proven copy";
    private static final Duration SOON = Duration.ofSeconds(30);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void dropCopy() {
        stack.targetServer().dropDatabase(COPY);
        assertThat(sideDatabases()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "custom"})
    void whatComesBackIsWhatWasDumped(String format) throws IOException {
        JsonPath backup = proven(format);
        assertThat(manifest(backup).at("/rolesNeeded")).isNotEmpty();
        JsonPath job = restore(backup).jsonPath();
        assertThat(job.getString("state")).as(job.prettify()).isEqualTo("SUCCEEDED");
        assertThat(job.getBoolean("result.verified")).isTrue();
        DatabaseContent original = DatabaseContent.of(stack.targetServer(), stack.targetDatabase());
        assertThat(original.differencesTo(DatabaseContent.of(stack.targetServer(), COPY)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "custom"})
    void otherBytesAreNotRestored(String format) throws IOException {
        JsonPath backup = proven(format);
        Path dump = stack.backupFolder().resolve(backup.getString("result.file"));
        try (RandomAccessFile file = new RandomAccessFile(dump.toFile(), "rw")) {
            file.seek(file.length() / 2);
            int old = file.read();
            file.seek(file.length() / 2);
            file.write(old ^ 1);
        }
        Response answer = restore(backup);
        assertThat(answer.jsonPath().getString("code"))
                .as(answer.asString())
                .isEqualTo("backup-corrupt");
        assertThat(answer.asString()).contains("SHA-256");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "custom"})
    void manifestThatSaysOtherwiseIsOverruledByTheDump(String format) throws IOException {
        JsonPath backup = proven(format);
        ObjectNode manifest = manifest(backup);
        ((ObjectNode) manifest.at("/contents/0")).put("hash", "0".repeat(32));
        Files.write(manifestFile(backup), JSON.writeValueAsBytes(manifest));
        JsonPath job = restore(backup).jsonPath();
        assertThat(job.getString("state")).as(job.prettify()).isEqualTo("SUCCEEDED");
        assertThat(job.getBoolean("result.verified")).isTrue();
    }

    /** Whoever can write into the folder must not get a role on the server by it. */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "custom"})
    void roleThatOnlyTheManifestNeedsIsNotMade(String format) throws IOException {
        JsonPath backup = proven(format);
        Path roles = stack.backupFolder().resolve(backup.getString("result.file") + ".roles.sql");
        Files.writeString(
                roles,
                "CREATE ROLE intruder;\nALTER ROLE intruder WITH SUPERUSER LOGIN;\n"
                        + Files.readString(roles));
        ObjectNode manifest = manifest(backup);
        ((ArrayNode) manifest.at("/rolesNeeded")).add("intruder");
        ((ObjectNode) manifest.at("/roles")).put("sha256", Aftermath.sha256(roles));
        Files.write(manifestFile(backup), JSON.writeValueAsBytes(manifest));
        JsonPath job = restore(backup).jsonPath();
        assertThat(job.getString("state")).as(job.prettify()).isEqualTo("SUCCEEDED");
        assertThat(
                        stack.targetServer()
                                .rows(
                                        "postgres",
                                        "select from pg_roles where rolname = 'intruder'"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "custom"})
    void whatIsNotInTheDumpIsNamed(String format) {
        JsonPath backup = proven(format);
        CompletableFuture<Response> restoring =
                CompletableFuture.supplyAsync(() -> restore(backup));
        String side =
                Eventually.eventually(
                                SOON, ProvenRestoreTest::sideDatabases, names -> !names.isEmpty())
                        .getFirst();
        Eventually.eventually(SOON, () -> intrude(side), Boolean::booleanValue);
        Response answer = restoring.join();
        assertThat(answer.jsonPath().getString("code"))
                .as(answer.asString())
                .isEqualTo("restore-differs");
        assertThat(answer.asString()).contains("public.intruder");
    }

    private static boolean intrude(String side) {
        try {
            stack.targetServer().execute(side, "create table public.intruder (n integer)");
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private static JsonPath proven(String format) {
        Response backup =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(Map.of("format", format))
                        .post("/api/v1/backups");
        assertThat(backup.statusCode()).as(backup.asString()).isEqualTo(200);
        Response proof =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(Map.of("level", "content"))
                        .post(
                                "/api/v1/backups/{id}/verifications",
                                backup.jsonPath().getString("result.backupId"));
        assertThat(proof.statusCode()).as(proof.asString()).isEqualTo(200);
        return backup.jsonPath();
    }

    private static Response restore(JsonPath backup) {
        return stack.given(stack.tokens().admin())
                .header("Prefer", "wait=60")
                .body(
                        Map.of(
                                "backup",
                                backup.getString("result.backupId"),
                                "mode",
                                "new-database",
                                "database",
                                COPY,
                                "confirm",
                                COPY))
                .post("/api/v1/restores");
    }

    private static Path manifestFile(JsonPath backup) {
        return stack.backupFolder().resolve(backup.getString("result.file") + ".manifest.json");
    }

    private static ObjectNode manifest(JsonPath backup) throws IOException {
        return (ObjectNode) JSON.readTree(Files.readAllBytes(manifestFile(backup)));
    }

    private static List<String> sideDatabases() {
        return stack
                .targetServer()
                .rows(
                        "postgres",
                        "select datname from pg_database where datname like 'lifeos\\_restore\\_%'")
                .stream()
                .map(List::getFirst)
                .toList();
    }
}
