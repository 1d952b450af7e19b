package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Workers that die, go, or are told to stop in a restore that replaces the target's database, while
 * clients ask for its content all the time.
 */
class SwapDeathTest {
    private static final int PUBLISH_KILLS = Integer.getInteger("publish.kills", 4);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static SwapScene scene;
    private static Random random;

    @BeforeAll
    static void start() {
        scene = new SwapScene();
        random = new Random(SEED);
        System.out.printf("SwapDeathTest: seed %d%n", SEED);
    }

    @AfterAll
    static void stop() {
        scene.close();
    }

    @BeforeEach
    void contentIsCurrent() {
        scene.makeCurrent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "preflight",
                "check",
                "roles",
                "dump",
                "publish safety/",
                "restore",
                "analyze",
                "compare"
            })
    void restoreOfAKilledWorkerIsFinishedByAnother(String phase) {
        System.out.printf("killed in %s, seed %d: %s%n", phase, SEED, kill(phase, 20));
    }

    @Test
    void workersKilledAroundThePublishLeaveTheWholeOldOrTheWholeNewContent() {
        List<String> moments = new ArrayList<>();
        for (int i = 0; i < PUBLISH_KILLS; i++) {
            scene.makeCurrent();
            moments.add(kill("publish " + scene.name(), 300));
        }
        System.out.printf("killed around the publish, seed %d: %s%n", SEED, moments);
    }

    @Test
    void swapOfAWorkerThatDiedBeforeItsCommitIsAdopted() {
        scene.faults().succeeded(scene.restore());
        scene.makeCurrent();
        try (NameWatch watch = scene.watch()) {
            String id = diesBetweenSwapAndCommit();
            scene.restored("adopted, job " + id, id);
            assertThat(scene.faults().jobFact(id, "attempt::text")).isEqualTo("1");
            watch.saw("adopted", SwapScene.CURRENT, SwapScene.BACKED_UP);
        }
    }

    @Test
    void cancelAfterTheSwapOfADeadWorkerIsTooLate() {
        String id = diesBetweenSwapAndCommit();
        scene.cancel(id);
        scene.restored("cancelled too late, job " + id, id);
    }

    private static String diesBetweenSwapAndCommit() {
        Stack.Service heir = scene.sleeper();
        String id = scene.restore();
        scene.awaitPhase(id, "publish " + scene.name());
        try (FaultScene.Lock _ = scene.faults().lockJobs()) {
            FaultScene.await("the swap").until(() -> scene.has(SwapScene.BACKED_UP));
            assertThat(scene.phaseOf(id)).as("the job's row").startsWith("publish");
            scene.kill9(heir);
        }
        return id;
    }

    /** Returns where the job was when its worker died, and the attempt that finished it. */
    private static String kill(String phase, int atMostMs) {
        Stack.Service heir = scene.sleeper();
        try (NameWatch watch = scene.watch()) {
            String id = scene.restore();
            scene.awaitPhase(id, phase);
            SwapScene.delay(random, atMostMs);
            scene.kill9(heir);
            String at = scene.phaseOf(id);
            String what = "seed %d, killed in %s, job %s".formatted(SEED, at, id);
            scene.restored(what, id);
            watch.saw(what, SwapScene.CURRENT, SwapScene.BACKED_UP);
            return "%s, attempt %s".formatted(at, scene.faults().jobFact(id, "attempt::text"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"preflight", "check", "roles", "dump", "restore", "analyze", "compare"})
    void cancelledRestoreLeavesTheOldContentAndNothingElse(String phase) {
        List<String> before = scene.before();
        try (NameWatch watch = scene.watch()) {
            String id = scene.restore();
            scene.awaitPhase(id, phase);
            Response answer = scene.cancel(id);
            String what = "cancelled in %s, job %s".formatted(phase, id);
            assertThat(answer.statusCode()).as(what).isEqualTo(202);
            JsonPath job = scene.faults().ended(id);
            assertThat(job.getString("state")).as(what).isEqualTo("CANCELLED");
            scene.untouched(what, id);
            assertThat(scene.before()).as(what).isEqualTo(before);
            watch.saw(what, SwapScene.CURRENT);
        }
    }

    @Test
    void cancelAroundThePublishIsEitherInTimeOrTooLate() {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < PUBLISH_KILLS; i++) {
            scene.makeCurrent();
            String id = scene.restore();
            scene.awaitPhase(id, i % 2 == 0 ? "compare" : "publish " + scene.name());
            SwapScene.delay(random, 60);
            scene.cancel(id);
            String state = scene.faults().ended(id).getString("state");
            String what = "seed %d, round %d, job %s %s".formatted(SEED, i, id, state);
            if (state.equals("CANCELLED")) {
                scene.untouched(what, id);
            } else {
                scene.restored(what, id);
            }
            outcomes.add(state);
        }
        System.out.printf("cancelled around the publish, seed %d: %s%n", SEED, outcomes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dump", "restore", "compare"})
    void restoreOfAWorkerThatIsToldToGoIsFinishedByAnother(String phase) {
        Stack.Service heir = scene.sleeper();
        try (NameWatch watch = scene.watch()) {
            String id = scene.restore();
            scene.awaitPhase(id, phase);
            scene.terminate(heir);
            String what = "SIGTERM in %s, job %s".formatted(phase, id);
            scene.restored(what, id);
            assertThat(scene.faults().jobFact(id, "attempt::text")).as(what).isEqualTo("1");
            watch.saw(what, SwapScene.CURRENT, SwapScene.BACKED_UP);
        }
    }

    @Test
    void restoresOfOneTargetRunOneAfterTheOtherWhateverTheNumberOfWorkers() {
        Stack.Service second = scene.sleeper();
        second.process().cont();
        List<CompletableFuture<String>> jobs =
                Stream.generate(() -> CompletableFuture.supplyAsync(scene::restore))
                        .limit(3)
                        .toList();
        List<String> ids = jobs.stream().map(CompletableFuture::join).toList();
        ids.forEach(scene.faults()::succeeded);
        assertThat(
                        scene.faults()
                                .rows(
                                        """
                                        select 1 from job one join job other on one.id < other.id
                                        where one.id in ('%1$s') and other.id in ('%1$s')
                                          and one.started_at < other.finished_at and other.started_at < one.finished_at
                                        """
                                                .formatted(String.join("', '", ids))))
                .as("restores that overlap")
                .isEmpty();
        scene.nothingUnfinished("three at once");
        assertThat(scene.before()).hasSize(1);
        second.process().terminate();
    }
}
