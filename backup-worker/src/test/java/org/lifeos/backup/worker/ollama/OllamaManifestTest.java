package org.lifeos.backup.worker.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lifeos.backup.testing.OllamaStandIn.listed;
import static org.lifeos.backup.testing.OllamaStandIn.succeeds;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lifeos.backup.job.OllamaManifestRequest;
import org.lifeos.backup.job.OllamaManifestResult;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.ollama.SavedModel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.OllamaStandIn;
import org.lifeos.backup.testing.OllamaStandIn.Model;
import org.lifeos.backup.testing.OllamaStandIn.Reply;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.PartialResultException;
import org.lifeos.backup.worker.job.StopReason;
import org.lifeos.backup.worker.job.StoppedException;

/** When the list of models is saved, and when what was saved before stays. */
class OllamaManifestTest {
    private static final OllamaBench BENCH = new OllamaBench();
    private static final String GOOD = listed(new Model("m:1b", "a", 10, "", ""));

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

    private OllamaManifest saved() {
        return OllamaManifest.read(BENCH.text());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(BENCH.file().getParent())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private ProblemException refused() {
        return catchThrowableOfType(ProblemException.class, BENCH::save);
    }

    @Test
    void firstSaveTellsWhatItAdded() throws IOException {
        server.has("m:1b", "a", 10).has("n:1b", "b", 20);

        OllamaManifestResult result = BENCH.save();

        assertThat(result.models()).isEqualTo(2);
        assertThat(result.added()).containsExactlyInAnyOrder("m:1b", "n:1b");
        assertThat(result.removed()).isEmpty();
        assertThat(result.path()).isEqualTo(BENCH.file().toString());
        assertThat(files()).containsExactly(OllamaManifest.FILE);
        assertThat(saved().serverVersion()).isEqualTo("0.32.15");
    }

    static Stream<Reply> answersThatAreNoList() {
        return Stream.of(
                Reply.error(500, "model list cache unavailable"),
                Reply.json("{\"models\":[]}"),
                Reply.json("{\"models\":null}"),
                Reply.json("{}"),
                Reply.json("[]"),
                Reply.json("null"),
                Reply.json(""),
                Reply.json("{\"models\":{}}"),
                Reply.json("{\"models\":[" + GOOD),
                Reply.json("{\"models\":[" + GOOD + "]} trailing"),
                Reply.json("{\"models\":[" + GOOD + "," + GOOD + "]}"),
                Reply.json("{\"models\":[" + GOOD + "," + GOOD.replace("m:1b", "M:1B") + "]}"),
                Reply.json("{\"models\":[" + GOOD.replace("m:1b", "a b") + "]}"),
                Reply.json("{\"models\":[" + GOOD.replace("m:1b", "x\\n#y") + "]}"),
                Reply.json("{\"models\":[" + GOOD.replace("m:1b", "") + "]}"),
                Reply.json("{\"models\":[" + GOOD.replace("m:1b", "--force") + "]}"),
                Reply.json("{\"models\":[" + GOOD.replace("a".repeat(64), "") + "]}"),
                Reply.json("{\"models\":[" + GOOD.replace("a".repeat(64), "a".repeat(11)) + "]}"),
                Reply.json("{\"models\":[" + GOOD.replace("\"size\":10", "\"size\":-1") + "]}"),
                Reply.json("{\"models\":[" + GOOD.replace("\"size\":10", "\"size\":\"x\"") + "]}"),
                Reply.json("{\"models\":[7]}"),
                new Reply(200, "text/html", "<html>It works!</html>".getBytes(UTF_8), false),
                new Reply(403, "text/html", new byte[0], false),
                new Reply(404, "text/plain", "404 page not found".getBytes(UTF_8), false),
                new Reply(
                        200,
                        "application/json",
                        ("{\"models\":[" + GOOD + "]}").getBytes(UTF_8),
                        true),
                Reply.json("{\"models\":[" + GOOD + " ".repeat(1 << 20) + "]}"));
    }

    @ParameterizedTest
    @MethodSource("answersThatAreNoList")
    void doubtfulAnswerReplacesNothing(Reply answer) throws IOException {
        server.has("m:1b", "a", 10);
        BENCH.save();
        String before = BENCH.text();
        server.alwaysLists(answer);

        ProblemException problem = refused();

        assertThat(problem).isNotNull();
        assertThat(problem.code())
                .isIn(
                        ProblemCode.OLLAMA_FAILED,
                        ProblemCode.OLLAMA_ANSWER_INVALID,
                        ProblemCode.OLLAMA_LIST_EMPTY);
        assertThat(problem.detail()).contains("/api/tags", "127.0.0.1").doesNotContain("\n");
        assertThat(BENCH.text()).isEqualTo(before);
        assertThat(files()).containsExactly(OllamaManifest.FILE);
    }

    @Test
    void serverThatIsAwayReplacesNothing() {
        server.has("m:1b", "a", 10);
        BENCH.save();
        String before = BENCH.text();
        server.goAway();

        assertThat(refused().code()).isEqualTo(ProblemCode.OLLAMA_UNREACHABLE);
        assertThat(BENCH.text()).isEqualTo(before);
    }

    @Test
    void serverWithoutAVersionReplacesNothing() {
        server.has("m:1b", "a", 10);
        BENCH.save();
        String before = BENCH.text();
        server.has("n:1b", "b", 10);
        server.alwaysSaysOfItself(Reply.json("{\"name\":\"another product\"}"));

        assertThat(refused().code()).isEqualTo(ProblemCode.OLLAMA_ANSWER_INVALID);
        assertThat(BENCH.text()).isEqualTo(before);
    }

    @Test
    void threeThousandModelsAreSavedInTheSameOrderEachTime() {
        String models =
                IntStream.range(0, 3_000)
                        .mapToObj(i ->
                                listed(new Model("m%04d:1b".formatted(i), "a", 10 + i, "", "")))
                        .collect(Collectors.joining(","));
        server.alwaysLists(Reply.json("{\"models\":[" + models + "]}"));
        BENCH.limits(it ->
                new OllamaLimits(
                        it.connect(),
                        it.version(),
                        it.list(),
                        32 << 20,
                        it.firstLine(),
                        it.pullingManifest(),
                        it.silence(),
                        it.stall(),
                        it.verify(),
                        it.verifyBytesPerSecond(),
                        it.lineBytes()));

        assertThat(BENCH.save().models()).isEqualTo(3_000);
        String table = BENCH.text().substring(BENCH.text().indexOf("\n\n"));
        assertThat(table.lines().filter(line -> line.startsWith("m")).sorted().toList())
                .isEqualTo(table.lines().filter(line -> line.startsWith("m")).toList())
                .hasSize(3_000);
    }

    @Test
    void modelsThatAreGoneStayAsCommentsUntilTheyAreBack() {
        server.has("m:1b", "a", 10).has("n:1b", "b", 20);
        BENCH.save();
        server.loses("n:1b");

        assertThat(BENCH.save().removed()).containsExactly("n:1b");
        assertThat(saved().models()).extracting(SavedModel::name).containsExactly("m:1b");
        assertThat(saved().removed()).extracting(SavedModel::name).containsExactly("n:1b");
        assertThat(BENCH.text())
                .contains("# removed {\"name\":\"n:1b\",\"digest\":\"" + "b".repeat(64));

        BENCH.save();
        assertThat(saved().removed()).extracting(SavedModel::name).containsExactly("n:1b");

        server.has("n:1b", "b", 20);
        assertThat(BENCH.save().added()).containsExactly("n:1b");
        assertThat(saved().removed()).isEmpty();
    }

    @Test
    void tenDifferentOnesAreKeptAndOneCanBePulledFrom() throws IOException {
        for (int i = 0; i < 33; i++) {
            server.losesAll();
            server.has("m%d:1b".formatted(i), "a", 10 + i);
            BENCH.save();
            BENCH.save();
        }

        List<String> kept = BENCH.folder().kept();
        assertThat(kept).hasSize(OllamaManifest.KEPT).allMatch(OllamaManifest::isKeptName);
        assertThat(files()).hasSize(OllamaManifest.KEPT + 1);
        assertThat(
                        OllamaManifest.read(
                                        Files.readString(
                                                BENCH.file().resolveSibling(kept.getFirst())))
                                .models())
                .extracting(SavedModel::name)
                .containsExactly("m31:1b");
        assertThat(
                        OllamaManifest.read(
                                        Files.readString(
                                                BENCH.file().resolveSibling(kept.getLast())))
                                .models())
                .extracting(SavedModel::name)
                .containsExactly("m22:1b");

        server.pull("m31:1b", succeeds("c", 21));
        assertThat(
                        BENCH.restore(
                                        new OllamaRestoreRequest(
                                                List.of(), kept.getFirst(), true, false))
                                .models())
                .extracting(it -> it.model())
                .containsExactly("m31:1b");
    }

    @Test
    void manifestOfTheOldScriptIsKeptWhenItIsReplaced() throws IOException {
        String old =
                "# Ollama Models Manifest\n\nNAME    ID    SIZE    MODIFIED\nold:7b    aaaaaaaaaaaa    4.1 GB    2 days ago\n";
        BENCH.manifest(old);
        server.has("m:1b", "b", 10);

        assertThat(BENCH.save().removed()).containsExactly("old:7b");
        assertThat(Files.readString(BENCH.file().resolveSibling(BENCH.folder().kept().getFirst())))
                .isEqualTo(old);
        assertThat(saved().removed()).extracting(SavedModel::name).containsExactly("old:7b");
    }

    @Test
    void whatNoRepullBringsBackIsMarkedWithAWarning() {
        server.has("m:1b", "a", 10)
                .has(new Model("gpt-oss:120b-cloud", "b", 384, "https://ollama.com:443", ""))
                .has(new Model("empty:cloud", "c", 0, "", ""))
                .has(new Model("mine:latest", "d", 30, "", "m:1b"))
                .has(new Model("tagged:local", "e", 30, "", ""));

        OllamaManifestResult result = BENCH.save();

        assertThat(result.warnings())
                .hasSize(4)
                .anyMatch(it -> it.startsWith("gpt-oss:120b-cloud runs in the cloud"))
                .anyMatch(it -> it.startsWith("empty:cloud runs in the cloud"))
                .anyMatch(it -> it.startsWith("mine:latest was made here"))
                .anyMatch(it -> it.startsWith("tagged:local has the tag 'local'"));
        assertThat(BENCH.text())
                .contains(
                        "# warning mine:latest was made here", "\"remote\":true", "\"local\":true");
        assertThat(server.requests("POST")).isEmpty();
    }

    @Test
    void modelsThatTheRegistryDoesNotHoldAreMarkedWhereItMayBeAsked() {
        server.has("known:1b", "a", 10)
                .has("of-a-file:1b", "b", 20)
                .has("hf.co/other/host:1b", "c", 30)
                .has(new Model("stub:cloud", "d", 384, "https://ollama.com", ""));

        assertThat(BENCH.save().warnings()).hasSize(1);
        assertThat(server.requests("HEAD")).isEmpty();

        BENCH.registry(server.url());
        assertThat(BENCH.save().warnings())
                .hasSize(2)
                .anyMatch(it -> it.startsWith("of-a-file:1b was made here"));
        assertThat(server.requests("HEAD")).hasSize(2);
    }

    @Test
    void registryThatDoesNotAnswerMarksNothing() {
        server.has("known:1b", "a", 10);
        BENCH.registry("http://127.0.0.1:1");
        assertThat(BENCH.save().warnings()).isEmpty();

        server.has("hangs:1b", "b", 10);
        BENCH.registry(server.url());
        assertThat(BENCH.save().warnings()).isEmpty();
    }

    @Test
    void saveAfterARepullThatLeftModelsMissingIsRefusedUntilTheyAreBack() {
        server.has("m:1b", "a", 10).has("n:1b", "b", 20);
        BENCH.save();
        server.losesAll();
        server.pull("m:1b", succeeds("a", 10));
        String before = BENCH.text();
        BENCH.restore();

        ProblemException problem = refused();

        assertThat(problem.code()).isEqualTo(ProblemCode.OLLAMA_RESTORE_INCOMPLETE);
        assertThat(problem.detail()).contains("n:1b").doesNotContain("m:1b");
        assertThat(BENCH.text()).isEqualTo(before);

        server.has("n:1b", "b", 20);
        assertThat(BENCH.save().models()).isEqualTo(2);
        server.loses("n:1b");
        assertThat(BENCH.save().removed()).containsExactly("n:1b");
    }

    @Test
    void modelsThatSomebodyGivesUpAreTakenOutOfTheFile() throws IOException {
        server.has("m:1b", "a", 10).has("n:1b", "b", 20);
        BENCH.save();
        server.loses("n:1b");
        BENCH.restore();
        assertThat(refused().code()).isEqualTo(ProblemCode.OLLAMA_RESTORE_INCOMPLETE);

        Files.writeString(BENCH.file(), BENCH.text().replaceAll("(?m)^n:1b .*\n", ""));

        assertThat(BENCH.save().models()).isEqualTo(1);
    }

    @Test
    void saveAfterARepullThatStoppedIsRefused() {
        server.has("m:1b", "a", 10).has("n:1b", "b", 20);
        BENCH.save();
        server.losesAll();
        server.pull("m:1b", succeeds("a", 10));
        server.pull("n:1b", pull -> pull.error("write /x: no space left on device"));
        assertThatThrownBy(BENCH::restore).isInstanceOf(PartialResultException.class);

        assertThat(refused().detail()).contains("n:1b").doesNotContain("m:1b");
    }

    @Test
    void saveAfterACancelledRepullIsRefusedAndAfterADryRunIsNot() {
        server.has("m:1b", "a", 10).has("n:1b", "b", 20);
        BENCH.save();
        server.loses("n:1b");
        BENCH.restore(new OllamaRestoreRequest(List.of(), null, true, false));
        Attempt attempt =
                BENCH.begin(new OllamaRestoreRequest(List.of("n:1b"), null, false, false));
        BENCH.jobs().cancel(attempt.jobId(), "ada");
        BENCH.queue().cancelled(attempt.lease(), () -> {});

        assertThat(refused().detail()).contains("n:1b");
        BENCH.jobs().database().update("delete from job where id = ?", attempt.jobId());
        assertThat(BENCH.save().removed()).containsExactly("n:1b");
    }

    @Test
    void saveWaitsForTheEndOfARepull() {
        server.has("m:1b", "a", 10);
        Attempt restore = BENCH.begin(new OllamaRestoreRequest(List.of(), null, false, false));

        assertThatThrownBy(() -> BENCH.begin(new OllamaManifestRequest()))
                .hasMessageContaining("No value present");
        BENCH.queue().handBack(restore.lease());
    }

    @Test
    void cancelledSaveWritesNothing() throws IOException {
        server.has("m:1b", "a", 10);
        BENCH.save();
        server.has("n:1b", "b", 20);
        String before = BENCH.text();
        Attempt attempt = BENCH.begin(new OllamaManifestRequest());
        attempt.stop(StopReason.CANCELLED);

        assertThatThrownBy(() -> BENCH.saving().run(attempt)).isInstanceOf(StoppedException.class);
        assertThat(BENCH.text()).isEqualTo(before);
        assertThat(files()).containsExactly(OllamaManifest.FILE);
    }

    @Test
    void partialOfADeadWorkerIsRemovedAndThatOfALivingOneIsNot() throws Exception {
        server.has("m:1b", "a", 10);
        BENCH.save();
        Attempt attempt = BENCH.begin(new OllamaManifestRequest());
        Path partial =
                BENCH.file()
                        .resolveSibling(
                                ".ollama_models_manifest.%s-%d.partial"
                                        .formatted(attempt.jobId(), attempt.lease().attempt()));
        Files.writeString(partial, "half");

        BENCH.saving().cleanLeftovers((_, _) -> true);
        assertThat(partial).exists();
        BENCH.saving().cleanLeftovers((_, _) -> false);
        assertThat(partial).doesNotExist();
        Files.writeString(partial, "half");
        assertThat(BENCH.saving().cleanUp(attempt)).isFalse();
        assertThat(partial).doesNotExist();
    }

    @Test
    void homeThatIsNotThereIsTold() throws IOException {
        server.has("m:1b", "a", 10);
        Files.delete(home);

        assertThat(refused().code()).isEqualTo(ProblemCode.FOLDER_NOT_WRITABLE);
        Files.createDirectory(home);
    }
}
