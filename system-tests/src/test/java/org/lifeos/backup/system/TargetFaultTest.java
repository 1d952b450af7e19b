package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.lifeos.backup.system.FaultScene.await;

import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.FreePorts;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.WireProxy;

/**
 * Servers that are away, silent, closed or empty. Each is a target of its own, and the one worker
 * has the delays between attempts that users have.
 */
class TargetFaultTest {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private static FaultScene scene;
    private static Stack stack;
    private static WireProxy gone;
    private static WireProxy silent;
    private static CompletableFuture<Response> ofRefused;
    private static CompletableFuture<Response> ofNowhere;
    private static CompletableFuture<Response> ofSilent;

    @BeforeAll
    static void start() {
        PostgresServer server = PostgresServer.shared();
        gone = WireProxy.to(server);
        silent = WireProxy.to(server);
        silent.stall();
        Map<String, String> environment = new HashMap<>();
        environment.put("BACKUP_RETRY_DELAY_SECONDS", "2");
        environment.put("BACKUP_WORKER_CONCURRENCY", "8");
        environment.put("BACKUP_TARGETS", "gone,refused,nowhere,silent,closed,empty");
        target(environment, "GONE", "" + gone.port(), "postgres", server.password());
        target(environment, "REFUSED", "" + FreePorts.next(), "postgres", server.password());
        target(environment, "SILENT", "" + silent.port(), "postgres", server.password());
        target(environment, "CLOSED", "" + server.port(), "postgres", "no-such-password");
        target(environment, "EMPTY", "" + server.port(), "no such database", server.password());
        target(environment, "NOWHERE", "" + server.port(), "postgres", server.password());
        environment.put("NOWHERE_DB_HOST", "no-such-host.invalid");
        scene = FaultScene.start(Stack.Setup.standard().environment(environment));
        stack = scene.stack();
        scene.steadyWorker("only", Map.of());
        // these take long, so they are asked while the other tests run
        ofSilent = scene.backUpMeanwhile(Map.of("target", "silent"));
        ofRefused = scene.backUpMeanwhile(Map.of("target", "refused"));
        ofNowhere = scene.backUpMeanwhile(Map.of("target", "nowhere"));
    }

    private static void target(
            Map<String, String> environment,
            String prefix,
            String port,
            String database,
            String password) {
        environment.put(prefix + "_DB_HOST", "127.0.0.1");
        environment.put(prefix + "_DB_PORT", port);
        environment.put(prefix + "_DB_NAME", database);
        environment.put(prefix + "_DB_USER", PostgresServer.shared().superuser());
        environment.put(prefix + "_DB_PASSWORD", password);
    }

    @AfterAll
    static void stop() {
        stack.close();
        gone.close();
        silent.close();
    }

    @AfterEach
    void targetsAnswer() {
        gone.resume();
        gone.accept();
    }

    @Test
    void refusedConnectionIsTriedThreeTimesWithinAMinute() {
        failsInTime(ofRefused.join(), 503, "target-unreachable", 3);
    }

    @Test
    void unknownHostIsUnreachable() {
        failsInTime(ofNowhere.join(), 503, "target-unreachable", 3);
    }

    @Test
    void serverThatIsSilentAtThePreflightIsGivenUpWithinAMinute() {
        failsInTime(ofSilent.join(), 503, "target-unreachable", 3);
        // one for each attempt, and those of the looks at the start and each minute
        assertThat(silent.connections()).isBetween(3, 8);
        silent.resume();
        Response next = scene.backUp(Map.of("target", "silent"));
        assertThat(next.statusCode()).as(next.asString()).isEqualTo(200);
    }

    @Test
    void serverThatComesBackBetweenTwoAttemptsIsBackedUp() {
        gone.refuse();
        String id = scene.submit(Map.of("target", "gone"));
        scene.awaitJob(id, "state = 'QUEUED' and progress->>'message' like '%target-unreachable%'");
        gone.accept();
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(2);
        Aftermath.isWhole(scene.onlyDumpOf(id));
    }

    @Test
    void wrongPasswordIsRefusedAtOnceAndNotTriedAgain() {
        Response answer = scene.backUp(Map.of("target", "closed"));
        failsInTime(answer, 502, "target-access-denied", 1);
        assertThat(answer.jsonPath().getString("detail"))
                .contains("target closed", "password authentication failed")
                .doesNotContain("no-such-password");
    }

    @Test
    void missingDatabaseIsNamedAndNotTriedAgain() {
        Response answer = scene.backUp(Map.of("target", "empty"));
        failsInTime(answer, 502, "target-database-missing", 1);
        assertThat(answer.jsonPath().getString("detail")).contains("no such database");
    }

    @Test
    void targetThatFailsHoldsUpNoOther() {
        gone.stall();
        String stuck = scene.submit(Map.of("target", "gone"));
        scene.awaitJob(stuck, "state = 'RUNNING'");
        Response answer = scene.backUp(Map.of());
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        assertThat(scene.jobFact(stuck, "finished_at")).isNull();
        gone.resume();
        scene.succeeded(stuck);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(answer.jsonPath().getString("id")));
    }

    /** Takes as long as pg_dump waits for a lock: a minute. */
    @Test
    @Tag("slow")
    void tableThatStaysLockedIsToldAndTriedAgain() {
        boolean wanted = Boolean.getBoolean("slow.tests");
        if (!wanted) {
            System.out.println(
                    "skipped: a table locked for longer than a minute; run with -Dslow.tests=true");
        }
        assumeThat(wanted).as("slow tests are wanted (-Dslow.tests=true)").isTrue();
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            await("pg_dump gives up waiting")
                    .atMost(Duration.ofSeconds(90))
                    .until(() ->
                            scene.jobFact(id, "attempt > 1 or state <> 'RUNNING'").equals("t"));
            assertThat(scene.jobFact(id, "progress->>'message'")).contains("target-locked");
        }
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(2);
    }

    private static void failsInTime(Response answer, int status, String code, int attempts) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(status);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(answer.jsonPath().getString("code")).as(answer.asString()).isEqualTo(code);
        assertThat(answer.jsonPath().getString("hint")).isNotBlank();
        assertThat(answer.jsonPath().getInt("job.attempt")).isEqualTo(attempts);
        Instant created = Instant.parse(answer.jsonPath().getString("job.createdAt"));
        Instant finished = Instant.parse(answer.jsonPath().getString("job.finishedAt"));
        assertThat(Duration.between(created, finished)).isLessThan(LONGEST);
        String id = answer.jsonPath().getString("job.id");
        assertThat(scene.dumpsOf(id)).isEmpty();
        assertThat(scene.files()).noneMatch(file -> file.contains(id));
        Response next = scene.backUp(Map.of());
        assertThat(next.statusCode()).as(next.asString()).isEqualTo(200);
    }
}
