package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
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
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
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

    @Test
    void equalContentsAreFetchedOnceAndCopied() {
        BENCH.manifest(
                """
                # {"name":"alias:latest","digest":"%s","size":50,"modified_at":"2026-02-01T00:00:00Z","remote":false}
                # {"name":"origin:7b","digest":"%s","size":50,"modified_at":"2026-01-01T00:00:00Z","remote":false}

                NAME    ID    SIZE    MODIFIED
                alias:latest    aaaaaaaaaaaa    50 B    now
                origin:7b    aaaaaaaaaaaa    50 B    now
                """
                        .formatted(whole("a"), whole("a")));
        server.pull("origin:7b", succeeds("a", 50));

        OllamaRestoreResult dry =
                BENCH.restore(new OllamaRestoreRequest(List.of(), null, true, false));
        List<RestoredModel> models = BENCH.restore();

        assertThat(dry.fetchBytes()).isEqualTo(50);
        assertThat(models).extracting(RestoredModel::outcome).containsOnly(ModelOutcome.EXACT);
        assertThat(server.requests("POST /api/copy"))
                .hasSize(1)
                .allMatch(it ->
                        it.contains("\"source\":\"origin:7b\"")
                                && it.contains("\"destination\":\"alias:latest\""));
        assertThat(server.pulls("alias:latest")).isZero();
    }

    @Test
    void nameOfACopyThatNoRegistryKnowsIsCopiedOnceItsTwinIsThere() {
        BENCH.manifest(
                """
                # {"name":"first:latest","digest":"%s","size":50,"modified_at":"2026-01-01T00:00:00Z","remote":false}
                # {"name":"second:7b","digest":"%s","size":50,"modified_at":"2026-02-01T00:00:00Z","remote":false}

                NAME    ID    SIZE    MODIFIED
                first:latest    aaaaaaaaaaaa    50 B    now
                second:7b    aaaaaaaaaaaa    50 B    now
                """
                        .formatted(whole("a"), whole("a")));
        server.pull("second:7b", succeeds("a", 50));

        assertThat(OllamaBench.outcomes(BENCH.restore()))
                .containsEntry("first:latest", "EXACT")
                .containsEntry("second:7b", "EXACT");
        assertThat(server.pulls("first:latest")).isEqualTo(1);
    }

    @Test
    void cloudModelsAreLeftOutAndOnesMadeHereAreNotAskedFor() {
        server.has(new OllamaStandIn.Model("big:120b-cloud", "a", 384, "https://ollama.com", ""))
                .has(new OllamaStandIn.Model("zero:cloud", "b", 0, "", ""))
                .has(new OllamaStandIn.Model("mine:latest", "c", 5, "", "x:7b"))
                .has(new OllamaStandIn.Model("me/mine:latest", "d", 6, "", "x:7b"));
        BENCH.save();
        server.losesAll();

        List<RestoredModel> models = BENCH.restore();

        assertThat(OllamaBench.outcomes(models))
                .containsEntry("big:120b-cloud", "SKIPPED_CLOUD")
                .containsEntry("zero:cloud", "SKIPPED_CLOUD")
                .containsEntry("mine:latest", "NOT_IN_REGISTRY")
                .containsEntry("me/mine:latest", "NOT_IN_REGISTRY");
        assertThat(server.requests("POST /api/pull")).allMatch(it -> it.contains("me/mine:latest"));
        assertThat(server.requests("POST /api/show")).isEmpty();
    }

    @Test
    void dryRunTellsWhatIsThereAndWhatARunWouldFetchAndAsksForNothing() {
        server.has("exact:1b", "a", 1)
                .has("moved:1b", "b", 20)
                .has("gone:1b", "c", 300)
                .has("twin:1b", "c", 300)
                .has(new OllamaStandIn.Model("stub:cloud", "d", 384, "https://ollama.com", ""))
                .has(new OllamaStandIn.Model("mine:1b", "e", 4000, "", "x:7b"));
        BENCH.save();
        server.losesAll();
        server.has("exact:1b", "a", 1).has("moved:1b", "f", 21);

        OllamaRestoreResult dry =
                BENCH.restore(new OllamaRestoreRequest(List.of(), null, true, false));

        assertThat(OllamaBench.outcomes(dry.models()))
                .containsEntry("exact:1b", "ALREADY_EXACT")
                .containsEntry("moved:1b", "DRIFTED")
                .containsEntry("gone:1b", "MISSING")
                .containsEntry("twin:1b", "MISSING")
                .containsEntry("stub:cloud", "SKIPPED_CLOUD")
                .containsEntry("mine:1b", "NOT_IN_REGISTRY")
                .hasSize(6);
        assertThat(dry.fetchBytes()).isEqualTo(320);
        assertThat(server.requests("POST")).isEmpty();
    }

    @Test
    void manifestOfTheOldScriptIsPulledFromByItsShortDigests() {
        BENCH.manifest(
                "# Ollama Models Manifest\n# Generated: Sat Nov 22\n\nNAME\tID\tSIZE\tMODIFIED\n"
                        + "there:1b\taaaaaaaaaaaa\t1.0 GB\t2 days ago\n"
                        + "gone:1b\tbbbbbbbbbbbb\t2.0 GB\t2 days ago\n"
                        + "moved:1b\tcccccccccccc\t3.0 GB\t2 days ago\n");
        server.has("there:1b", "a", 1);
        server.pull("gone:1b", succeeds("b", 2));
        server.pull("moved:1b", succeeds("d", 3));

        List<RestoredModel> models = BENCH.restore();

        assertThat(OllamaBench.outcomes(models))
                .containsEntry("there:1b", "ALREADY_EXACT")
                .containsEntry("gone:1b", "EXACT")
                .containsEntry("moved:1b", "DRIFTED");
    }

    @Test
    void equalSizeUnderAnotherDigestOfAnOldServerIsExplained() {
        server.alwaysSaysOfItself(OllamaStandIn.Reply.json("{\"version\":\"0.18.3\"}"));
        server.has("m:1b", "a", 10);
        BENCH.save();
        server.losesAll();
        server.pull("m:1b", succeeds("b", 10));

        assertThat(BENCH.restoreOne().detail()).contains("probably only written anew");
    }

    @Test
    void someModelsCanBeNamed() {
        server.has("a:1b", "a", 1).has("b:1b", "b", 2);
        BENCH.save();
        server.losesAll();
        server.pull("b:1b", succeeds("b", 2));

        OllamaRestoreResult result =
                BENCH.restore(
                        new OllamaRestoreRequest(List.of("B:1B", "other"), null, false, false));

        assertThat(OllamaBench.outcomes(result.models()))
                .containsEntry("b:1b", "EXACT")
                .containsEntry("other", "FAILED")
                .hasSize(2);
        assertThat(result.models().getLast().detail()).isEqualTo("is not in the manifest");
        assertThat(server.pulls()).isEqualTo(1);
    }

    @Test
    void manifestThatIsNotThereOrHoldsNoModelIsTold() {
        assertThat(catchThrowableOfType(ProblemException.class, BENCH::restore).code())
                .isEqualTo(ProblemCode.OLLAMA_MANIFEST_MISSING);
        BENCH.manifest("Error: could not connect to ollama app, is it running?\n");
        ProblemException problem = catchThrowableOfType(ProblemException.class, BENCH::restore);
        assertThat(problem.code()).isEqualTo(ProblemCode.OLLAMA_MANIFEST_MISSING);
        assertThat(problem.detail()).contains("Error:");
        assertThat(server.requests("POST")).isEmpty();
    }
}
