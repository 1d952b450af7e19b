package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers that die while they put back what a restore replaced, or while they prove a backup. */
class RollbackDeathTest {
    private static final int KILLS = Integer.getInteger("publish.kills", 3);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static SwapScene scene;
    private static Random random;

    @BeforeAll
    static void start() {
        scene = new SwapScene();
        random = new Random(SEED);
        System.out.printf("RollbackDeathTest: seed %d%n", SEED);
    }

    @AfterAll
    static void stop() {
        scene.close();
    }

    @Test
    void rollbackOfAKilledWorkerIsFinishedByAnother() {
        List<String> moments = new ArrayList<>();
        for (int i = 0; i < KILLS; i++) {
            String restore = restored();
            Stack.Service heir = scene.sleeper();
            try (NameWatch watch = scene.watch()) {
                String id = scene.rollBack(restore);
                scene.awaitPhase(id, i == 0 ? "preflight" : "publish");
                SwapScene.delay(random, 200);
                scene.kill9(heir);
                String at = scene.phaseOf(id);
                rolledBack("seed %d, killed in %s, job %s".formatted(SEED, at, id), id);
                watch.saw(at, SwapScene.BACKED_UP, SwapScene.CURRENT);
                moments.add(at);
            }
        }
        System.out.printf("rollbacks killed, seed %d: %s%n", SEED, moments);
    }

    @Test
    void rollbackOfAWorkerThatDiedBeforeItsCommitIsAdopted() {
        String restore = restored();
        Stack.Service heir = scene.sleeper();
        String id = scene.rollBack(restore);
        scene.awaitPhase(id, "publish");
        try (FaultScene.Lock _ = scene.faults().lockJobs()) {
            FaultScene.await("the swap").until(() -> scene.has(SwapScene.CURRENT));
            assertThat(scene.phaseOf(id)).as("the job's row").startsWith("publish");
            scene.kill9(heir);
        }
        rolledBack("adopted, job " + id, id);
        assertThat(scene.faults().jobFact(id, "attempt::text")).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"restore", "compare"})
    void verificationOfAKilledWorkerLeavesNoDatabase(String phase) {
        Stack.Service heir = scene.sleeper();
        String id =
                SwapScene.submitted(
                        scene.admin()
                                .body(Map.of("level", "restore"))
                                .post("/api/v1/backups/{id}/verifications", scene.backup()));
        scene.awaitPhase(id, phase);
        scene.kill9(heir);
        JsonPath job = scene.faults().succeeded(id);
        assertThat(job.getInt("attempt")).isEqualTo(2);
        assertThat(job.getList("result.differences")).isEmpty();
        scene.nothingUnfinished("verification killed in " + phase);
    }

    @Test
    void backupOfAKilledWorkerThatWasToBeProvenIsTakenAndProvenByAnother() {
        Stack.Service heir = scene.sleeper();
        String id = scene.faults().submit(Map.of("verify", "restore"));
        scene.awaitPhase(id, "restore");
        scene.kill9(heir);
        JsonPath job = scene.faults().succeeded(id);
        assertThat(job.getInt("attempt")).isEqualTo(2);
        assertThat(
                        scene.admin()
                                .get("/api/v1/backups/{id}", job.getString("result.backupId"))
                                .jsonPath()
                                .getString("verification.level"))
                .isEqualTo("restore");
        assertThat(scene.faults().dumpsOf(id)).hasSize(1);
        scene.nothingUnfinished("backup killed while it was proven");
    }

    /** Returns a restore that can be rolled back. */
    private static String restored() {
        scene.makeCurrent();
        String restore = scene.restore();
        scene.restored("before the rollback", restore);
        return restore;
    }

    private static void rolledBack(String what, String id) {
        JsonPath job = scene.faults().succeeded(id);
        assertThat(scene.content(scene.name())).as(what).isEqualTo(SwapScene.CURRENT);
        scene.nothingUnfinished(what);
        String replaced = job.getString("result.previousDatabase");
        assertThat(scene.before()).as(what).containsExactly(replaced);
        assertThat(scene.content(replaced)).as(what).isEqualTo(SwapScene.BACKED_UP);
    }
}
