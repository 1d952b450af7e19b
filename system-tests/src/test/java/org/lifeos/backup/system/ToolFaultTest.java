package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.system.FaultScene.await;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.WireProxy;

/** pg_dump and the compressor die, lie, talk nonsense or tell secrets. */
class ToolFaultTest {
    private static final String[] COMPRESSORS = {"igzip", "gzip"};

    /** Where the stream stands still: pg_dump and compressor are both at work then. */
    private static final long SOMEWHERE_IN_THE_DUMP = 1_000_000;

    private static FaultScene scene;
    private static Stack stack;
    private static Stack.Service worker;
    private static FakeTools fake;
    private static WireProxy target;

    @BeforeAll
    static void start() {
        target = WireProxy.to(PostgresServer.shared());
        scene =
                FaultScene.start(
                        Stack.Setup.standard()
                                .environment(Map.of("LIFEOS_DB_PORT", "" + target.port())));
        stack = scene.stack();
        fake = new FakeTools(stack);
        worker = scene.steadyWorker("only", fake.environment());
    }

    @AfterAll
    static void stop() {
        stack.close();
        target.close();
        fake.close();
    }

    @AfterEach
    void forget() {
        target.resume();
        fake.beHonest();
        scene.reset();
    }

    // ---------------------------------------------------------------------- killed processes

    /** Asked to end, it says so and ends with 1 as after a failure of its own. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void killedPgDumpIsTriedAgainAndSucceeds(boolean forcibly) {
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            String session = scene.awaitDumpWaitsForLock(id);
            kill(FaultScene.child(worker, "pg_dump"), forcibly);
            scene.awaitJob(id, "attempt = 2 and state = 'RUNNING'");
            scene.awaitDumpWaitsForLock(id, session);
            assertThat(scene.sessions(id)).doesNotContain(session);
        }
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(2);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    @Test
    void pgDumpThatIsKilledEachTimeFailsAfterThreeAttemptsWithNothingPublished() {
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            String session = "none";
            for (int attempt = 1; attempt <= 3; attempt++) {
                session = scene.awaitDumpWaitsForLock(id, session);
                kill(FaultScene.child(worker, "pg_dump"), attempt % 2 == 0);
            }
            JsonPath job = scene.failed(id, "dump-killed", 3);
            assertThat(job.getInt("failure.status")).isEqualTo(502);
            assertThat(job.getBoolean("failure.retryable")).isTrue();
            assertThat(scene.sessions(id)).isEmpty();
            assertThat(scene.dumpsOf(id)).isEmpty();
        }
        Aftermath.isSound(scene);
    }

    @Test
    void killedCompressorIsTriedAgainAndSucceeds() {
        target.stallAfterServerBytes(SOMEWHERE_IN_THE_DUMP);
        String id = scene.submit();
        await("the stream stands still").until(target::stalled);
        kill(FaultScene.child(worker, COMPRESSORS), true);
        target.resume();
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(2);
        assertThat(worker.process().log())
                .contains(id + ": attempt 1 failed, tried again: compressor-failed");
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    /** Its output is whole each time: only its end tells. */
    @Test
    void compressorThatIsKilledEachTimeFailsAfterThreeAttemptsWithNothingPublished() {
        fake.compressor("real \"$@\"; kill -9 $$");
        String id = scene.submit();
        JsonPath job = scene.failed(id, "compressor-failed", 3);
        assertThat(job.getString("failure.detail")).contains("igzip", "137");
        assertThat(scene.files()).isEmpty();
        fake.beHonest();
        Aftermath.isSound(scene);
    }

    @Test
    void compressorThatFailsQuietlyIsNoticed() {
        fake.compressor("real \"$@\"; exit 1");
        scene.failed(scene.submit(), "compressor-failed", 3);
        fake.beHonest();
        Aftermath.isSound(scene);
    }

    // -------------------------------------------------------------------- a pg_dump that lies

    @Test
    void dumpWithoutItsEndMarkerIsNeverPublished() {
        Path earlier = earlierDump();
        String cut = "gunzip -c '%s' | sed '/^-- PostgreSQL database dump complete/,$d'";
        JsonPath job = failsWith("dump-incomplete", 3, cut.formatted(earlier));
        assertThat(job.getString("failure.detail")).contains("exit code 0");
    }

    @Test
    void silentPgDumpIsNoDump() {
        failsWith("dump-incomplete", 3, "exit 0");
    }

    @Test
    void halfADumpWhoseMakerIsKilledIsNeverPublished() {
        Path earlier = earlierDump();
        String half = "gunzip -c '%s' | head -c 700000; kill -9 $$";
        failsWith("dump-killed", 3, half.formatted(earlier));
    }

    @Test
    void failureOfPgDumpIsToldInItsWordsAndNotTriedAgain() {
        JsonPath job =
                failsWith(
                        "dump-failed",
                        1,
                        "echo 'pg_dump: error: query failed: ERROR:  cannot read toast of $1' >&2; exit 1");
        assertThat(job.getString("failure.detail"))
                .contains("pg_dump: error: query failed: ERROR:  cannot read toast of $1")
                .contains("exit code 1");
        assertThat(job.getBoolean("failure.retryable")).isFalse();
        assertThat(logOf(job)).contains("pg_dump: pg_dump: error: query failed");
    }

    @Test
    void wholeDumpOfAPgDumpThatFailedAtTheEndIsNeverPublished() {
        Path earlier = earlierDump();
        failsWith("dump-failed", 1, "gunzip -c '%s'; exit 3".formatted(earlier));
    }

    @Test
    void talkativePgDumpNeitherBlocksNorFillsTheDatabase() {
        fake.pgDump(
                """
                i=0; while [ $i -lt 3000 ]; do echo "pg_dump: warning: number $i" >&2; i=$((i+1)); done
                head -c 300000 /dev/zero >&2
                real "$@"
                """);
        String id = scene.submit();
        scene.succeeded(id);
        assertThat(scene.rows("select text from job_log where job_id = '%s'".formatted(id)))
                .hasSizeBetween(1_000, 2_500);
        Aftermath.isSound(scene);
    }

    @Test
    void serverThatIsNewerThanPgDumpIsRefused() {
        try (WireProxy newer = WireProxy.to(PostgresServer.shared())) {
            newer.claimMajor(PostgresServer.shared(), 99);
            worker.process().stop();
            scene.worker("too-old", Map.of("LIFEOS_DB_PORT", "" + newer.port()));
            Response answer = scene.backUp(Map.of());
            worker.process().cont();
            assertThat(answer.statusCode()).isEqualTo(502);
            assertThat(answer.jsonPath().getString("code")).isEqualTo("tool-too-old");
            assertThat(answer.jsonPath().getString("detail")).contains("99");
            assertThat(answer.jsonPath().getInt("job.attempt")).isEqualTo(1);
            assertThat(scene.files()).isEmpty();
        }
    }

    @Test
    void connectionCutInTheMiddleIsTriedAgainAndSucceeds() {
        target.stallAfterServerBytes(SOMEWHERE_IN_THE_DUMP);
        String id = scene.submit();
        await("the stream stands still").until(target::stalled);
        target.cutAll();
        target.resume();
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(2);
        assertThat(worker.process().log())
                .contains(id + ": attempt 1 failed, tried again: target-connection-lost");
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    // -------------------------------------------------------------------------------- secrets

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "command lines are read from /proc")
    void secretsAreNeitherInCommandLinesNorInWhatIsTold() throws IOException {
        try (FaultScene.Lock _ = scene.lockTarget()) {
            String id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            List<ProcessHandle> children = worker.process().descendants();
            assertThat(children).isNotEmpty();
            for (ProcessHandle child : children) {
                hasNoSecret("command line", proc(child, "cmdline"));
            }
            ProcessHandle dump = FaultScene.child(worker, "pg_dump");
            assertThat(proc(dump, "cmdline")).contains("--clean", "--if-exists");
            assertThat(proc(dump, "environ"))
                    .contains("PGAPPNAME=pg_dump " + id)
                    .doesNotContain("service-password", "BACKUP_");
        }
        Aftermath.isSound(scene);
        for (String file : scene.files()) {
            if (!file.endsWith(".gz")) {
                hasNoSecret(file, FaultScene.text(stack.backupFolder().resolve(file)));
            }
        }
    }

    @Test
    void secretsThatPgDumpTellsAreTakenOutOfWhatIsKeptOfItsWords() {
        fake.pgDump(
                "echo \"pg_dump: error: login with '$PGPASSWORD' at postgresql://lifeos:$PGPASSWORD@db\" >&2; exit 1");
        JsonPath job = scene.failed(scene.submit(), "dump-failed", 1);
        assertThat(job.getString("failure.detail")).contains("login with '***'");
        hasNoSecret("job", job.prettify());
        assertThat(logOf(job)).contains("login with '***'");
        hasNoSecret("job_log", logOf(job));
        hasNoSecret("job's row", scene.jobFact(job.getString("id"), "row_to_json(job)::text"));
        hasNoSecret("worker's log", worker.process().log());
        hasNoSecret("API's log", stack.api(0).process().log());
        fake.beHonest();
        Aftermath.isSound(scene);
    }

    @Test
    void passwordsOfAllCharactersWork() {
        PostgresServer server = stack.targetServer();
        String password = " it's a \"b\\ack$slash\" ${PATH} ${x} $(id) %41 #&=;:@/? ünï 密码 ";
        server.execute(
                "postgres",
                "create role odd login superuser password '%s'"
                        .formatted(password.replace("'", "''")));
        try {
            Map<String, String> environment = new HashMap<>();
            environment.put("LIFEOS_DB_USER", "odd");
            environment.put("LIFEOS_DB_PASSWORD", password);
            environment.put("BACKUP_DB_USER", "odd");
            environment.put("BACKUP_DB_PASSWORD", password);
            worker.process().stop();
            Stack.Service odd = scene.launch("odd", environment);
            Stack.Service api = stack.startApi(environment);
            try {
                Response answer =
                        stack.given(stack.tokens().operator(), api)
                                .header("Prefer", "wait=60")
                                .body(Map.of("label", "odd"))
                                .post("/api/v1/backups");
                assertThat(answer.statusCode())
                        .as("%s%n%s", answer.asString(), odd.process().logTail())
                        .isEqualTo(200);
                assertThat(answer.jsonPath().getString("worker")).isEqualTo("odd");
                assertThat(odd.process().log() + api.process().log())
                        .doesNotContain(password.strip());
            } finally {
                api.process().close();
            }
            worker.process().cont();
            Aftermath.nothingIsAmiss(scene);
        } finally {
            worker.process().cont();
            scene.reset();
            server.execute("postgres", "drop role odd");
        }
    }

    // ---------------------------------------------------------------------------------- tools

    /** With such a pg_dump, a backup fails with this code after so many attempts. */
    private static JsonPath failsWith(String code, int attempts, String pgDump) {
        fake.pgDump(pgDump);
        Response answer = scene.backUp(Map.of("label", "faked"));
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(502);
        assertThat(answer.jsonPath().getString("code")).as(answer.asString()).isEqualTo(code);
        JsonPath job = scene.failed(answer.jsonPath().getString("job.id"), code, attempts);
        assertThat(scene.files()).noneMatch(file -> file.contains("faked"));
        fake.beHonest();
        Aftermath.isSound(scene);
        return job;
    }

    private static Path earlierDump() {
        Response answer = scene.backUp(Map.of("label", "earlier"));
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return stack.backupFolder().resolve(answer.jsonPath().getString("result.file"));
    }

    private static void kill(ProcessHandle process, boolean forcibly) {
        assertThat(forcibly ? process.destroyForcibly() : process.destroy()).isTrue();
    }

    private static String proc(ProcessHandle process, String file) throws IOException {
        Path path = Path.of("/proc", Long.toString(process.pid()), file);
        return new String(Files.readAllBytes(path), StandardCharsets.UTF_8).replace('\0', '\n');
    }

    private static void hasNoSecret(String where, String text) {
        for (String secret : stack.secrets()) {
            assertThat(text).as(where).doesNotContain(secret);
        }
    }

    private static String logOf(JsonPath job) {
        return String.join(
                "\n",
                scene
                        .rows(
                                "select text from job_log where job_id = '%s' order by line"
                                        .formatted(job.getString("id")))
                        .stream()
                        .map(List::getFirst)
                        .toList());
    }
}
