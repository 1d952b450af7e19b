package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.Eventually;

/** Backups put to the proof. */
class VerificationTest {
    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(Stack.Setup.standard());
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void noSideDatabaseIsLeft() {
        assertThat(
                        stack.targetServer()
                                .rows(
                                        "postgres",
                                        "SELECT datname FROM pg_database WHERE datname LIKE 'lifeos\\_restore\\_%'"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"checksum", "content", "restore"})
    void goodBackupHoldsAtEveryLevel(String level) {
        String id = backup(Map.of()).getString("result.backupId");
        Response answer = verify(id, Map.of("level", level));
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        assertThat(answer.jsonPath().getString("result.level")).isEqualTo(level);
        assertThat(answer.jsonPath().getList("result.differences")).isEmpty();
        assertThat(look(id).getMap("verification"))
                .containsEntry("level", level)
                .containsEntry("outcome", "PASSED")
                .containsKey("at");
        assertThat(manifest(look(id)).getString("verification.level")).isEqualTo(level);
    }

    @ParameterizedTest
    @ValueSource(strings = {"checksum", "content", "restore"})
    void damagedBackupIsCorruptAndNeverTheLatestUntilItIsHealed(String level) throws IOException {
        String older = backup(Map.of()).getString("result.backupId");
        JsonPath job = backup(Map.of("label", "damaged"));
        String id = job.getString("result.backupId");
        Path dump = stack.backupFolder().resolve(job.getString("result.file"));
        flip(dump);
        Response answer = verify("latest", Map.of("level", level));
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(409);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("backup-corrupt");
        assertThat(answer.jsonPath().getString("job.state")).isEqualTo("FAILED");
        assertThat(answer.jsonPath().getList("job.result.differences")).isNotEmpty();
        assertThat(look(id).getString("state")).isEqualTo("CORRUPT");
        assertThat(look(id).getString("verification.outcome")).isEqualTo("FAILED");
        assertThat(viewer().get("/api/v1/backups/latest").jsonPath().getString("id"))
                .isEqualTo(older);
        flip(dump);
        assertThat(verify(id, Map.of("level", level)).statusCode()).isEqualTo(200);
        assertThat(look(id).getString("state")).isEqualTo("AVAILABLE");
        assertThat(viewer().get("/api/v1/backups/latest").jsonPath().getString("id")).isEqualTo(id);
    }

    @Test
    void weakerProofDoesNotTakeBackAStrongerOne() {
        String id = backup(Map.of()).getString("result.backupId");
        assertThat(verify(id, Map.of()).statusCode()).isEqualTo(200);
        assertThat(verify(id, Map.of("level", "checksum")).statusCode()).isEqualTo(200);
        assertThat(look(id).getString("verification.level")).isEqualTo("restore");
    }

    @Test
    void fileThatIsGoneMakesTheBackupMissing() throws IOException {
        JsonPath job = backup(Map.of("label", "gone"));
        String id = job.getString("result.backupId");
        Path dump = stack.backupFolder().resolve(job.getString("result.file"));
        Path elsewhere = Files.move(dump, stack.home().resolve("gone"));
        Response answer = verify(id, Map.of("level", "checksum"));
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("backup-file-missing");
        assertThat(look(id).getString("state")).isEqualTo("MISSING");
        Files.move(elsewhere, dump);
        assertThat(verify(id, Map.of("level", "checksum")).statusCode()).isEqualTo(200);
        assertThat(look(id).getString("state")).isEqualTo("AVAILABLE");
    }

    @Test
    void backupThatAsksForARestoreTestIsProvenWhenItsJobSucceeds() {
        String id = backup(Map.of("verify", "restore")).getString("result.backupId");
        assertThat(look(id).getMap("verification"))
                .containsEntry("level", "restore")
                .containsEntry("outcome", "PASSED");
    }

    @Test
    void eachBackupIsProvenByAJobThatFollowsIt() {
        try (Stack own =
                Stack.start(
                        Stack.Setup.standard()
                                .environment(Map.of("BACKUP_VERIFY_AFTER_BACKUP", "restore")))) {
            String job =
                    own.given(own.tokens().operator())
                            .header("Prefer", "wait=60")
                            .post("/api/v1/backups")
                            .then()
                            .statusCode(200)
                            .extract()
                            .path("id");
            List<Map<String, Object>> followers =
                    Eventually.eventually(
                            Duration.ofSeconds(30),
                            () ->
                                    own.given(own.tokens().viewer())
                                            .get(
                                                    "/api/v1/jobs?type=backup-verification&state=SUCCEEDED")
                                            .jsonPath()
                                            .getList("items"),
                            found -> !found.isEmpty());
            assertThat(followers.getFirst()).containsEntry("requestedBy", "after:" + job);
            assertThat(
                            own.given(own.tokens().viewer())
                                    .get("/api/v1/backups/latest")
                                    .jsonPath()
                                    .getString("verification.level"))
                    .isEqualTo("restore");
        }
    }

    @Test
    void databaseThatIsTooLargeIsNotRestoredForATest() {
        try (Stack own =
                Stack.start(
                        Stack.Setup.standard()
                                .environment(Map.of("BACKUP_SCRATCH_MAX_BYTES", "1000000")))) {
            RequestSpecification operator =
                    own.given(own.tokens().operator()).header("Prefer", "wait=60");
            operator.post("/api/v1/backups").then().statusCode(200);
            Response answer =
                    own.given(own.tokens().operator())
                            .header("Prefer", "wait=60")
                            .post("/api/v1/backups/latest/verifications");
            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(409);
            assertThat(answer.jsonPath().getString("code")).isEqualTo("scratch-too-large");
            assertThat(
                            own.given(own.tokens().viewer())
                                    .get("/api/v1/backups/latest")
                                    .jsonPath()
                                    .getString("state"))
                    .isEqualTo("AVAILABLE");
        }
    }

    /** The function behaves as such a server does, in the trial's database alone. */
    @ParameterizedTest
    @CsvSource({
        "could not extend file \"base/1/2\": No space left on device, 507, target-resources-exhausted",
        "permission denied for tablespace large, 502, target-permission-denied"
    })
    void serverThatFailsATrialSaysNothingAboutTheBackup(String error, int status, String code) {
        stack.targetServer()
                .execute(
                        stack.targetDatabase(),
                        """
                        CREATE FUNCTION fails(n integer) RETURNS boolean LANGUAGE plpgsql AS $$
                        BEGIN
                            IF current_database() LIKE 'lifeos\\_restore\\_%%' THEN RAISE EXCEPTION '%s'; END IF;
                            RETURN true;
                        END $$;
                        CREATE TABLE failing (n integer CHECK (fails(n)));
                        INSERT INTO failing VALUES (1);
                        """
                                .formatted(error));
        try {
            String id = backup(Map.of()).getString("result.backupId");
            Response answer = verify(id, Map.of("level", "restore"));
            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(status);
            assertThat(answer.jsonPath().getString("code")).isEqualTo(code);
            assertThat(look(id).getString("state")).isEqualTo("AVAILABLE");
        } finally {
            stack.targetServer()
                    .execute(
                            stack.targetDatabase(),
                            "DROP TABLE failing; DROP FUNCTION fails(integer)");
        }
    }

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 3] ^= 0x10;
        Files.write(file, bytes);
    }

    private static Response verify(String id, Map<String, Object> body) {
        return stack.given(stack.tokens().operator())
                .header("Prefer", "wait=60")
                .body(body)
                .post("/api/v1/backups/{id}/verifications", id);
    }

    private static JsonPath look(String id) {
        return viewer().get("/api/v1/backups/{id}", id).jsonPath();
    }

    private static JsonPath manifest(JsonPath backup) {
        return JsonPath.from(
                stack.backupFolder()
                        .resolve(backup.getString("file.name") + ".manifest.json")
                        .toFile());
    }

    private static RequestSpecification viewer() {
        return stack.given(stack.tokens().viewer());
    }

    private static JsonPath backup(Map<String, Object> body) {
        Response answer =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(body)
                        .post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }
}
