package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.testing.OllamaStandIn.succeeds;
import static org.lifeos.backup.testing.OllamaStandIn.whole;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.testing.OllamaStandIn;

/** What a re-pull does with models of every kind. */
class OllamaRestoreTest {
    private static final OllamaBench BENCH = new OllamaBench();

    @TempDir Path home;
    private OllamaStandIn server;

    @BeforeEach
    void begin() {
        BENCH.begin(home);
        server = BENCH.server;
    }

    @AfterEach
    void end() {
        BENCH.end();
    }

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    @Test
    void savedModelsComeBackOneAfterTheOther() {
        server.has("small:1b", "a", 1_000).has("large:70b", "b", 9_000);
        assertThat(BENCH.save().models()).isEqualTo(2);
        server.losesAll();
        server.pull("small:1b", succeeds("a", 1_000));
        server.pull("large:70b", succeeds("b", 9_000));

        List<RestoredModel> models = BENCH.restore();

        assertThat(models)
                .containsExactlyInAnyOrder(
                        new RestoredModel(
                                "small:1b",
                                ModelOutcome.EXACT,
                                whole("a"),
                                whole("a"),
                                1_000,
                                1,
                                null),
                        new RestoredModel(
                                "large:70b",
                                ModelOutcome.EXACT,
                                whole("b"),
                                whole("b"),
                                9_000,
                                1,
                                null));
        assertThat(server.mostPullsAtOnce()).isEqualTo(1);
        assertThat(server.requests("POST /api/pull").getFirst()).contains("small:1b");
        assertThat(server.requests("GET /api/tags").size()).isGreaterThan(3);
    }

    @Test
    void modelThatIsThereAsItWasSavedIsNotAskedFor() {
        server.has("a:latest", "a", 10);
        BENCH.save();

        assertThat(BENCH.restoreOne().outcome()).isEqualTo(ModelOutcome.ALREADY_EXACT);
        assertThat(server.pulls()).isZero();
    }

    @Test
    void forcedOneIsPulledAllTheSame() {
        server.has("a:latest", "a", 10);
        BENCH.save();
        server.pull("a:latest", succeeds("a", 10));

        OllamaRestoreResult result =
                BENCH.restore(new OllamaRestoreRequest(List.of(), null, false, true));

        assertThat(result.models().getFirst().outcome()).isEqualTo(ModelOutcome.EXACT);
        assertThat(server.pulls()).isEqualTo(1);
    }

    @Test
    void tagThatMovedIsToldWithBothDigestsAndTheRunGoesOn() {
        server.has("moved:latest", "a", 10).has("other:latest", "b", 20);
        BENCH.save();
        server.losesAll();
        server.pull("moved:latest", succeeds("c", 30));
        server.pull("other:latest", succeeds("b", 20));

        List<RestoredModel> models = BENCH.restore();

        assertThat(OllamaBench.outcomes(models))
                .containsEntry("moved:latest", "DRIFTED")
                .containsEntry("other:latest", "EXACT");
        RestoredModel moved =
                models.stream().filter(it -> it.model().equals("moved:latest")).findFirst().get();
        assertThat(moved.savedDigest()).isEqualTo(whole("a"));
        assertThat(moved.digest()).isEqualTo(whole("c"));
        assertThat(moved.detail()).contains(whole("a"), whole("c"), "30 bytes");
    }
}
