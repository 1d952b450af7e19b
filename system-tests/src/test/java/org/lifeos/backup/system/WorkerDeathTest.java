package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.system.FaultScene.await;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.WireProxy;

/**
 * Workers that die, hang, come back or are told to go, and jobs that are cancelled.
 *
 * <p>One worker, the survivor, sleeps (SIGSTOP) until it is woken, so that it is always another one
 * that takes the job first.
 */
class WorkerDeathTest {
    private static final String SURVIVOR = "survivor";
    private static final int RANDOM_KILLS = Integer.getInteger("random.kills", 10);
    private static final int NOISE_MIB = 16;
    private static final int SIGTERM_EXIT = 143;

    private static FaultScene scene;
    private static Stack stack;
    private static Stack.Service survivor;
    private static FakeTools fake;
    private static WireProxy queueProxy;
    private static WireProxy otherTarget;

    @BeforeAll
    static void start() {
        PostgresServer server = PostgresServer.shared();
        queueProxy = WireProxy.to(server);
        otherTarget = WireProxy.to(server);
        scene =
                FaultScene.start(
                        Stack.Setup.standard()
                                .environment(
                                        Map.of(
                                                "BACKUP_TARGETS",
                                                "other",
                                                "OTHER_DB_HOST",
                                                otherTarget.host(),
                                                "OTHER_DB_PORT",
                                                "" + otherTarget.port(),
                                                "OTHER_DB_NAME",
                                                "postgres",
                                                "OTHER_DB_USER",
                                                server.superuser(),
                                                "OTHER_DB_PASSWORD",
                                                server.password())));
        stack = scene.stack();
        fake = new FakeTools(stack);
        survivor = scene.steadyWorker(SURVIVOR, Map.of());
    }

    @AfterAll
    static void stop() {
        stack.close();
        queueProxy.close();
        otherTarget.close();
        fake.close();
    }

    @BeforeEach
    void survivorSleeps() {
        survivor.process().stop();
    }

    @AfterEach
    void forget() {
        queueProxy.accept();
        otherTarget.resume();
        survivor.process().cont();
        scene.reset();
        fake.beHonest();
    }

    private static void survivorWakes() {
        survivor.process().cont();
    }

    // -------------------------------------------------------------------------------- kill -9

    @Test
    void jobOfAKilledWorkerEndsOnAnotherWithOneWholeFile() {
        Stack.Service victim = scene.worker("victim");
        CompletableFuture<Response> caller;
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            caller = scene.backUpMeanwhile(Map.of("label", "killed"));
            id = newestJob("killed");
            scene.awaitAttempt(id, 1, "victim");
            String orphan = scene.awaitDumpWaitsForLock(id);
            assertThat(scene.partialFiles()).isNotEmpty();
            victim.process().kill9();
            survivorWakes();
            scene.awaitAttempt(id, 2, SURVIVOR);
            scene.awaitDumpWaitsForLock(id, orphan);
            assertThat(scene.sessions(id)).as("the dead worker's session").doesNotContain(orphan);
            assertThat(scene.partialFiles()).allMatch(file -> file.contains(id + "-2"));
        }
        assertThat(caller.join().statusCode()).as(caller.join().asString()).isEqualTo(200);
        JsonPath job = scene.succeeded(id);
        assertThat(job.getString("worker")).isEqualTo(SURVIVOR);
        assertThat(job.getInt("attempt")).isEqualTo(2);
        assertThat(scene.sessions(id)).isEmpty();
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    @Test
    void singleWorkerThatWasKilledFinishesItsJobAfterItsRestart() {
        Stack.Service worker = scene.worker("only");
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            worker.process().kill9();
        }
        assertThat(scene.partialFiles()).isNotEmpty();
        scene.worker("only");
        JsonPath job = scene.succeeded(id);
        assertThat(job.getInt("attempt")).isEqualTo(2);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    @Test
    void jobWhoseWorkersAllDieFailsAsWorkerLostAndLeavesNoFile() {
        Map<String, Stack.Service> victims =
                Stream.of("one", "two", "three")
                        .collect(
                                Collectors.toMap(
                                        Function.identity(), name -> scene.launch(name, Map.of())));
        CompletableFuture<Response> caller;
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            caller = scene.backUpMeanwhile(Map.of("label", "all-die"));
            id = newestJob("all-die");
            for (int attempt = 1; attempt <= 3; attempt++) {
                scene.awaitJob(id, "state = 'RUNNING' and attempt = " + attempt);
                scene.awaitJob(id, "progress->>'phase' = 'dump'");
                victims.get(scene.jobFact(id, "worker")).process().kill9();
            }
            survivorWakes();
            scene.failed(id, "worker-lost", 3);
            assertThat(scene.sessions(id)).isEmpty();
        }
        Response answer = caller.join();
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.jsonPath().getString("code")).isEqualTo("worker-lost");
        assertThat(answer.jsonPath().getString("job.id")).isEqualTo(id);
        assertThat(scene.files()).isEmpty();
        Aftermath.isSound(scene);
    }

    /** The moments are bytes of the partial file, and what follows them until the end. */
    @Test
    void workersKilledAtRandomMomentsLeaveOneWholeFilePerJob() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        scene.addNoise(NOISE_MIB);
        try {
            survivorWakes();
            Response undisturbed = scene.backUp(Map.of("label", "undisturbed"));
            assertThat(undisturbed.statusCode()).as(undisturbed.asString()).isEqualTo(200);
            long size = undisturbed.jsonPath().getLong("result.sizeBytes");
            String content =
                    Aftermath.content(scene.onlyDumpOf(undisturbed.jsonPath().getString("id")))
                            .hash();
            Map<Integer, Integer> attempts = new TreeMap<>();
            Stack.Service victim = scene.launch("victim-0", Map.of());
            for (int i = 0; i < RANDOM_KILLS; i++) {
                survivor.process().stop();
                victim.process().awaitReady(victim.port());
                long moment = (long) (random.nextDouble() * size * 1.2);
                String id = scene.submit(Map.of("label", "random-" + i));
                String what =
                        "seed %d, kill %d, at byte %d of %d, job %s"
                                .formatted(seed, i, moment, size, id);
                scene.spinUntil(
                        what,
                        () ->
                                !scene.dumpsOf(id).isEmpty()
                                        || moment < size && scene.largestPartial() >= moment);
                victim.process().kill9();
                survivorWakes();
                victim = scene.launch("victim-" + (i + 1), Map.of());
                attempts.merge(scene.succeeded(id).getInt("attempt"), 1, Integer::sum);
                assertThat(scene.sessions(id)).as(what).isEmpty();
                assertThat(scene.partialFiles()).as(what).isEmpty();
                Path dump = scene.onlyDumpOf(id);
                Aftermath.isWhole(dump);
                assertThat(Aftermath.content(dump).hash()).as(what).isEqualTo(content);
            }
            System.out.printf("random kills: seed %d, jobs by attempts %s%n", seed, attempts);
            assertThat(attempts).as("no kill hit a dump, seed %d", seed).containsKey(2);
        } finally {
            stack.targetServer().execute(stack.targetDatabase(), "drop table public.noise");
        }
        Aftermath.isSound(scene);
    }

    @Test
    void dumpPublishedByAWorkerThatDiedBeforeItsCommitIsAdopted() throws IOException {
        Stack.Service victim = scene.worker("victim");
        String id;
        Path dump;
        Object inode;
        try (FaultScene.Lock _ = scene.lockCatalogue()) {
            id = scene.submit();
            dump = scene.awaitPublishWaits(id);
            inode = Files.getAttribute(dump, "unix:ino");
            victim.process().kill9();
        }
        survivorWakes();
        JsonPath job = scene.succeeded(id);
        assertThat(job.getInt("attempt")).as("the dead worker's work counts").isEqualTo(1);
        assertThat(scene.onlyDumpOf(id)).isEqualTo(dump);
        assertThat(Files.getAttribute(dump, "unix:ino")).isEqualTo(inode);
        Aftermath.isSound(scene);
    }

    @Test
    void dumpPublishedInTheLastAttemptIsAdoptedToo() {
        Stack.Service victim = scene.worker("victim");
        String id;
        try (FaultScene.Lock _ = scene.lockCatalogue()) {
            id = scene.submit();
            scene.awaitPublishWaits(id);
            victim.process().kill9();
        }
        // as if two attempts had been lost before this one
        scene.awaitJob(id, "state = 'RUNNING'");
        scene.rows("update job set max_attempts = 1 where id = '%s' returning 1".formatted(id));
        survivorWakes();
        scene.succeeded(id);
        Aftermath.isSound(scene);
    }

    @Test
    void dumpThatRottedBetweenPublishAndAdoptionIsTakenAgain() throws IOException {
        Stack.Service victim = scene.worker("victim");
        String id;
        try (FaultScene.Lock _ = scene.lockCatalogue()) {
            id = scene.submit();
            Path dump = scene.awaitPublishWaits(id);
            victim.process().kill9();
            byte[] bytes = Files.readAllBytes(dump);
            bytes[bytes.length / 2] ^= 1;
            Files.write(dump, bytes);
        }
        survivorWakes();
        JsonPath job = scene.succeeded(id);
        assertThat(job.getInt("attempt")).isEqualTo(2);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    @Test
    void cancelOfAJobWhoseWorkerDiedAfterThePublishLeavesNoFile() {
        Stack.Service victim = scene.worker("victim");
        String id;
        try (FaultScene.Lock _ = scene.lockCatalogue()) {
            id = scene.submit();
            scene.awaitPublishWaits(id);
            victim.process().kill9();
        }
        await("the cancel is taken").until(() -> scene.cancel(id).statusCode() == 202);
        survivorWakes();
        assertThat(scene.ended(id).getString("state")).isEqualTo("CANCELLED");
        assertThat(scene.dumpsOf(id)).isEmpty();
        Aftermath.isSound(scene);
    }

    @Test
    void cancelOfAJobThatWaitsToBeAdoptedLeavesNoFile() {
        Stack.Service victim = scene.worker("victim", Map.of("BACKUP_WORKER_CONCURRENCY", "1"));
        String id;
        try (FaultScene.Lock _ = scene.lockCatalogue()) {
            id = scene.submit();
            scene.awaitPublishWaits(id);
            victim.process().kill9();
        }
        // all hands are taken: what is reaped and offered again has to wait
        otherTarget.stall();
        String other = scene.submit(Map.of("target", "other"));
        scene.worker("busy", Map.of("BACKUP_WORKER_CONCURRENCY", "1"));
        scene.awaitAttempt(other, 1, "busy");
        scene.awaitJob(id, "state <> 'RUNNING'");
        int status = scene.cancel(id).statusCode();
        otherTarget.resume();
        JsonPath job = scene.ended(id);
        assertThat(job.getString("state")).isEqualTo(status == 202 ? "CANCELLED" : "SUCCEEDED");
        assertThat(scene.dumpsOf(id)).hasSize(status == 202 ? 0 : 1);
        Aftermath.isSound(scene);
    }

    // -------------------------------------------------------------- workers that hang and return

    @Test
    void stoppedWorkerThatGoesOnLeavesTheWinnerAlone() {
        Stack.Service zombie = scene.worker("zombie");
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitAttempt(id, 1, "zombie");
            String old = scene.awaitDumpWaitsForLock(id);
            zombie.process().stop();
            survivorWakes();
            scene.awaitAttempt(id, 2, SURVIVOR);
            String session = scene.awaitDumpWaitsForLock(id, old);
            List<String> partials = scene.partialFiles();
            assertThat(partials).isNotEmpty().allMatch(file -> file.contains(id + "-2"));

            zombie.process().cont();
            awaitTakenOver(zombie, id);
            assertThat(scene.sessions(id)).as("the winner's session").containsExactly(session);
            assertThat(scene.partialFiles()).isEqualTo(partials);
        }
        JsonPath job = scene.succeeded(id);
        assertThat(job.getInt("attempt")).isEqualTo(2);
        assertThat(job.getString("worker")).isEqualTo(SURVIVOR);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    @Test
    void stoppedWorkerThatFinishesItsDumpWhileTheWinnerWorksPublishesNothing() {
        fake.pgDump("await_go; gunzip -c '%s'".formatted(earlierDump()));
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            Stack.Service zombie = scene.worker("zombie", fake.environment());
            id = scene.submit();
            scene.awaitJob(id, "worker = 'zombie' and progress->>'phase' = 'dump'");
            zombie.process().stop();
            survivorWakes();
            scene.awaitAttempt(id, 2, SURVIVOR);
            scene.awaitDumpWaitsForLock(id);
            List<String> partials = scene.partialFiles();
            fake.go();
            zombie.process().cont();
            awaitTakenOver(zombie, id);
            assertThat(scene.dumpsOf(id)).isEmpty();
            assertThat(scene.partialFiles()).isEqualTo(partials);
        }
        JsonPath job = scene.succeeded(id);
        assertThat(job.getInt("attempt")).isEqualTo(2);
        assertThat(job.getString("worker")).isEqualTo(SURVIVOR);
        Aftermath.isSound(scene);
    }

    @Test
    void stoppedWorkerThatFinishesAfterTheWinnerTouchesNothing() throws IOException {
        fake.pgDump("await_go; gunzip -c '%s'".formatted(earlierDump()));
        Stack.Service zombie = scene.worker("zombie", fake.environment());
        String id = scene.submit();
        scene.awaitJob(id, "worker = 'zombie' and progress->>'phase' = 'dump'");
        zombie.process().stop();
        survivorWakes();
        JsonPath job = scene.succeeded(id);
        Path dump = scene.onlyDumpOf(id);
        Object inode = Files.getAttribute(dump, "unix:ino");
        List<String> files = scene.files();
        fake.go();
        zombie.process().cont();
        awaitTakenOver(zombie, id);
        assertThat(scene.files()).isEqualTo(files);
        assertThat(Files.getAttribute(dump, "unix:ino")).isEqualTo(inode);
        assertThat(scene.ended(id).getMap("$")).isEqualTo(job.getMap("$"));
        Aftermath.isSound(scene);
    }

    /**
     * It lost the queue's database and does not know that its lease is over; then its dump fails in
     * a way that is not tried again.
     */
    @Test
    void workerCutOffFromTheQueueDeletesNothingOfTheOneThatTookOver() {
        fake.pgDump("await_go; echo 'pg_dump: error: query failed' >&2; exit 1");
        Map<String, String> environment = new HashMap<>(fake.environment());
        environment.put("BACKUP_DB_HOST", queueProxy.host());
        environment.put("BACKUP_DB_PORT", "" + queueProxy.port());
        String id;
        Stack.Service lost = scene.worker("cut-off", environment);
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitJob(id, "worker = 'cut-off' and progress->>'phase' = 'dump'");
            queueProxy.refuse();
            queueProxy.cutAll();
            survivorWakes();
            scene.awaitAttempt(id, 2, SURVIVOR);
            String session = scene.awaitDumpWaitsForLock(id);
            List<String> partials = scene.partialFiles();
            fake.go();
            await("the attempt that is cut off has failed")
                    .until(() -> logHas(lost, id, "left to the reaper"));
            assertThat(scene.partialFiles()).isEqualTo(partials);
            assertThat(scene.sessions(id)).containsExactly(session);
        }
        JsonPath job = scene.succeeded(id);
        assertThat(job.getInt("attempt")).isEqualTo(2);
        // its tool would fail the next backup too
        lost.process().kill9();
        queueProxy.accept();
        Aftermath.isSound(scene);
    }

    // -------------------------------------------------------------------------------- SIGTERM

    @Test
    void terminatedWorkerHandsItsJobBackAndTheAttemptDoesNotCount() {
        Stack.Service leaving = scene.worker("leaving");
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitAttempt(id, 1, "leaving");
            scene.awaitDumpWaitsForLock(id);
            terminatesInTime(leaving);
            assertThat(scene.jobFact(id, "state || ' ' || attempt")).isEqualTo("QUEUED 0");
            assertThat(scene.sessions(id)).isEmpty();
            assertThat(scene.partialFiles()).isEmpty();
        }
        survivorWakes();
        JsonPath job = scene.succeeded(id);
        assertThat(job.getInt("attempt")).isEqualTo(1);
        assertThat(job.getString("worker")).isEqualTo(SURVIVOR);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    @Test
    void terminatedWorkerIsGoneInTimeAlsoWhenTheTargetIsSilent() {
        Stack.Service leaving = scene.worker("leaving");
        otherTarget.stall();
        String id = scene.submit(Map.of("target", "other"));
        scene.awaitAttempt(id, 1, "leaving");
        await("the preflight knocks").until(() -> otherTarget.openConnections() > 0);
        terminatesInTime(leaving);
        otherTarget.resume();
        survivorWakes();
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(1);
        Aftermath.isSound(scene);
    }

    private static void terminatesInTime(Stack.Service worker) {
        long begun = System.nanoTime();
        assertThat(worker.process().terminate()).isIn(0, SIGTERM_EXIT);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
    }

    // --------------------------------------------------------------------------------- cancel

    @Test
    void cancelledDumpThatWaitsForALockIsGoneBeforeTheJobSaysSo() {
        survivorWakes();
        try (FaultScene.Lock _ = scene.lockTarget()) {
            CompletableFuture<Response> caller =
                    scene.backUpMeanwhile(Map.of("label", "cancelled"));
            String id = newestJob("cancelled");
            scene.awaitDumpWaitsForLock(id);
            Response answer = scene.cancel(id);
            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
            scene.awaitJob(id, "state = 'CANCELLED'");
            nothingIsLeftOf(id);

            Response answered = caller.join();
            assertThat(answered.statusCode()).isEqualTo(409);
            assertThat(answered.contentType()).startsWith("application/problem+json");
            assertThat(answered.jsonPath().getString("code")).isEqualTo("cancelled");
            assertThat(answered.jsonPath().getString("job.state")).isEqualTo("CANCELLED");
            assertThat(answered.jsonPath().getString("detail")).contains("operator");
            assertAlreadyEnded(id);
        }
        Aftermath.isSound(scene);
    }

    @Test
    void cancelInTheMiddleOfTheStreamLeavesNothing() {
        try (WireProxy target = WireProxy.to(stack.targetServer())) {
            scene.worker("streaming", Map.of("LIFEOS_DB_PORT", "" + target.port()));
            target.stallAfterServerBytes(1_000_000);
            String id = scene.submit();
            await("the stream stands still").until(target::stalled);
            scene.awaitJob(id, "(progress->>'doneBytes')::bigint > 0");
            assertThat(scene.cancel(id).statusCode()).isEqualTo(202);
            scene.awaitJob(id, "state = 'CANCELLED'");
            assertThat(children("pg_dump", "igzip", "pigz")).isEmpty();
            assertThat(scene.partialFiles()).isEmpty();
            target.resume();
            Aftermath.isSound(scene);
        }
    }

    @Test
    void queuedJobIsCancelledAtOnceAndNeverRuns() {
        String id = scene.submit();
        Response answer = scene.cancel(id);
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.jsonPath().getString("state")).isEqualTo("CANCELLED");
        assertAlreadyEnded(id);
        survivorWakes();
        Aftermath.isSound(scene);
        assertThat(scene.ended(id).getInt("attempt")).isZero();
        assertThat(scene.dumpsOf(id)).isEmpty();
    }

    @Test
    void cancelOfAJobWhoseWorkerIsDeadEndsIt() {
        Stack.Service victim = scene.worker("victim");
        try (FaultScene.Lock _ = scene.lockTarget()) {
            String id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            victim.process().kill9();
            assertThat(scene.cancel(id).statusCode()).isEqualTo(202);
            survivorWakes();
            JsonPath job = scene.ended(id);
            assertThat(job.getString("state")).as(scene.told(job)).isEqualTo("CANCELLED");
            assertThat(job.getInt("attempt")).isEqualTo(1);
            nothingIsLeftOf(id);
        }
        Aftermath.isSound(scene);
    }

    // ---------------------------------------------------------------------------------- tools

    private static void nothingIsLeftOf(String id) {
        assertThat(children("pg_dump", "igzip", "pigz")).isEmpty();
        assertThat(scene.partialFiles()).isEmpty();
        assertThat(scene.sessions(id)).isEmpty();
    }

    private static List<ProcessHandle> children(String... programs) {
        return scene.livingWorkers().stream()
                .flatMap(worker -> FaultScene.children(worker, programs).stream())
                .toList();
    }

    private static void assertAlreadyEnded(String id) {
        Response again = scene.cancel(id);
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.jsonPath().getString("code")).isEqualTo("already-ended");
    }

    private static String newestJob(String label) {
        String sql =
                "select id from job where request->>'label' = '%s' order by position desc"
                        .formatted(label);
        return await("a job with the label " + label)
                .until(() -> scene.rows(sql), rows -> !rows.isEmpty())
                .getFirst()
                .getFirst();
    }

    private static Path earlierDump() {
        survivorWakes();
        Response answer = scene.backUp(Map.of("label", "earlier"));
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        survivor.process().stop();
        return stack.backupFolder().resolve(answer.jsonPath().getString("result.file"));
    }

    private static void awaitTakenOver(Stack.Service worker, String id) {
        await("the attempt of " + worker.process().name() + " has ended")
                .until(() -> logHas(worker, id, "another worker has taken it over"));
    }

    private static boolean logHas(Stack.Service worker, String id, String words) {
        return worker.process()
                .log()
                .lines()
                .anyMatch(line -> line.contains(id) && line.contains(words));
    }
}
