package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.testing.OllamaStandIn.succeeds;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.testing.OllamaStandIn;
import org.lifeos.backup.testing.OllamaStandIn.Script;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.StopReason;
import org.lifeos.backup.worker.job.StoppedException;

/** A re-pull that somebody cancels lets go of the server at once, whatever it was at. */
class OllamaCancelTest {
    private static final OllamaBench BENCH = new OllamaBench();
    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    @TempDir Path home;
    private OllamaStandIn server;

    @BeforeEach
    void begin() {
        BENCH.begin(home);
        server = BENCH.server;
        server.has("m:1b", "a", 100);
        BENCH.save();
        server.losesAll();
        BENCH.limits(it ->
                new OllamaLimits(
                        it.connect(),
                        it.version(),
                        it.list(),
                        it.listBytes(),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        it.verifyBytesPerSecond(),
                        it.lineBytes()));
    }

    @AfterEach
    void end() {
        BENCH.end();
    }

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    static Stream<Arguments> moments() {
        return Stream.of(
                Arguments.of("before the headers", (Script) pull -> pull.hang()),
                Arguments.of(
                        "in the download",
                        (Script)
                                pull -> {
                                    pull.status("pulling manifest");
                                    pull.repeat(
                                            "{\"digest\":\"sha256:x\",\"total\":100,\"completed\":50}",
                                            20);
                                }),
                Arguments.of(
                        "in the verification",
                        (Script)
                                pull -> {
                                    pull.status("pulling manifest");
                                    pull.status("verifying sha256 digest");
                                    pull.hang();
                                }),
                Arguments.of(
                        "after success",
                        (Script)
                                pull -> {
                                    pull.status("success");
                                    pull.hang();
                                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("moments")
    void connectionIsClosedWithinASecond(String moment, Script script) throws Exception {
        server.pull("m:1b", script);
        Attempt attempt = BENCH.begin(new OllamaRestoreRequest(List.of(), null, false, false));
        CompletableFuture<Throwable> run = running(attempt);
        OllamaBench.until(() -> server.pulls() == 1);
        TimeUnit.MILLISECONDS.sleep(200);
        assertThat(server.departures()).isEmpty();

        long cancelled = System.nanoTime();
        attempt.stop(StopReason.CANCELLED);
        Throwable thrown = run.get(5, TimeUnit.SECONDS);
        long ended = System.nanoTime();
        OllamaBench.until(() -> !server.departures().isEmpty());

        assertThat(thrown).isInstanceOf(StoppedException.class);
        assertThat(Duration.ofNanos(ended - cancelled)).isLessThan(AT_ONCE);
        assertThat(Duration.ofNanos(server.departures().getFirst() - cancelled))
                .isLessThan(AT_ONCE);
        OllamaBench.until(() -> server.openConnections() == 0);
        assertThat(server.pulls()).isEqualTo(1);
    }

    @Test
    void pauseBetweenTwoTriesEndsAtOnce() throws Exception {
        BENCH.retries(it ->
                new OllamaRetries(
                        it.retries(),
                        it.mostRetries(),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(1),
                        it.afterAbort(),
                        it.recheck(),
                        it.rateLimit(),
                        it.longestRateLimit(),
                        it.serverPatience(),
                        it.unreachableModels()));
        server.pull("m:1b", pull -> pull.error("max retries exceeded: EOF"));
        Attempt attempt = BENCH.begin(new OllamaRestoreRequest(List.of(), null, false, false));
        CompletableFuture<Throwable> run = running(attempt);
        OllamaBench.until(() -> server.departures().size() == 1);
        TimeUnit.MILLISECONDS.sleep(200);

        long cancelled = System.nanoTime();
        attempt.stop(StopReason.CANCELLED);

        assertThat(run.get(5, TimeUnit.SECONDS)).isInstanceOf(StoppedException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - cancelled)).isLessThan(AT_ONCE);
        assertThat(server.pulls()).isEqualTo(1);
    }

    @Test
    void laterRunFindsWhatTheServerFinishedInTheBackground() throws Exception {
        server.pull("m:1b", pull -> pull.hang());
        Attempt attempt = BENCH.begin(new OllamaRestoreRequest(List.of(), null, false, false));
        CompletableFuture<Throwable> run = running(attempt);
        OllamaBench.until(() -> server.pulls() == 1);
        attempt.stop(StopReason.CANCELLED);
        run.get(5, TimeUnit.SECONDS);
        BENCH.queue().handBack(attempt.lease());
        BENCH.jobs().cancel(attempt.jobId(), "ada");
        server.has("m:1b", "a", 100);

        assertThat(BENCH.restoreOne().outcome()).isEqualTo(ModelOutcome.ALREADY_EXACT);
        assertThat(server.pulls()).isEqualTo(1);
    }

    @Test
    void laterRunGoesOnWhereTheServerStopped() throws Exception {
        server.pull("m:1b", pull -> pull.hang(), succeeds("a", 100));
        Attempt attempt = BENCH.begin(new OllamaRestoreRequest(List.of(), null, false, false));
        CompletableFuture<Throwable> run = running(attempt);
        OllamaBench.until(() -> server.pulls() == 1);
        attempt.stop(StopReason.WORKER_STOPS);
        run.get(5, TimeUnit.SECONDS);
        BENCH.queue().handBack(attempt.lease());
        BENCH.jobs().cancel(attempt.jobId(), "ada");

        assertThat(BENCH.restoreOne().outcome()).isEqualTo(ModelOutcome.EXACT);
    }

    private static CompletableFuture<Throwable> running(Attempt attempt) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                BENCH.restoring().run(attempt);
                return new AssertionError("it ended by itself");
            } catch (Exception e) {
                return e;
            }
        });
    }
}
