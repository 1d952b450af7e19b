package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lifeos.backup.testing.OllamaStandIn.succeeds;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.OllamaStandIn;
import org.lifeos.backup.testing.OllamaStandIn.Reply;
import org.lifeos.backup.worker.job.PartialResultException;

/** What a re-pull does when connections, servers and answers break. */
class OllamaBreakTest {
    private static final OllamaBench BENCH = new OllamaBench();
    private static final long SIZE = 1_000;

    @TempDir Path home;
    private OllamaStandIn server;

    @BeforeEach
    void begin() {
        BENCH.begin(home);
        server = BENCH.server;
        server.has("m:1b", "a", SIZE);
        BENCH.save();
        server.losesAll();
    }

    @AfterEach
    void end() {
        BENCH.end();
    }

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    /** The model comes back in the second pull, which goes on where the first one was. */
    private void comesBackAfter(OllamaStandIn.Script first) {
        server.pull(
                "m:1b",
                first,
                pull -> {
                    pull.status("pulling manifest");
                    pull.progress("blob", SIZE, 500);
                    pull.progress("blob", SIZE, SIZE);
                    pull.finish("a", SIZE);
                });
        RestoredModel model = BENCH.restoreOne();
        assertThat(model.outcome()).as(model.toString()).isEqualTo(ModelOutcome.EXACT);
        assertThat(model.attempts()).isEqualTo(2);
    }

    @Test
    void downloadThatIsCutGoesOn() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            pull.progress("blob", SIZE, 500);
            pull.cut();
        });
    }

    @Test
    void downloadThatIsResetGoesOn() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            pull.progress("blob", SIZE, 500);
            pull.reset();
        });
    }

    @Test
    void downloadThatIsCutInsideOfALineGoesOn() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            pull.raw("{\"status\":\"succ");
            pull.cut();
        });
    }

    @Test
    void cleanEndWithoutSuccessIsNone() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            pull.progress("blob", SIZE, SIZE);
            pull.end();
        });
    }

    @Test
    void connectionThatEndsBeforeTheAnswerIsTriedAgain() {
        comesBackAfter(pull -> pull.reset());
    }

    @Test
    void serverThatNeverAnswersIsLeft() {
        comesBackAfter(pull -> pull.hang());
    }

    @Test
    void serverThatSaysNothingAfterItsHeadersIsLeft() {
        comesBackAfter(pull -> {
            pull.begin();
            pull.hang();
        });
    }

    @Test
    void registryThatNeverSendsItsManifestIsLeft() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            pull.hang();
        });
    }

    @Test
    void silenceInTheMiddleOfTheDownloadIsAStall() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            pull.progress("blob", SIZE, 500);
            pull.hang();
        });
    }

    @Test
    void ticksWithoutProgressAreAStall() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            pull.repeat(
                    "{\"status\":\"pulling blob\",\"digest\":\"sha256:blob\",\"total\":1000,\"completed\":500}",
                    20);
        });
    }

    @Test
    void ticksThatGoBackAndForthAreAStall() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            for (int i = 0; !pull.clientIsGone(); i++) {
                pull.progress("blob", SIZE, 500 - 100 * (i % 5));
                pull.sleep(20);
            }
        });
    }

    @Test
    void ticksWithoutNumbersAreAStall() {
        comesBackAfter(pull -> {
            pull.status("pulling manifest");
            pull.repeat("{\"status\":\"pulling blob\",\"digest\":\"sha256:blob\"}", 20);
        });
    }

    @Test
    void errorWithoutALineEndIsHeard() {
        server.pull(
                "m:1b",
                pull -> {
                    pull.line("{\"digest\":\"sha256:x\",\"total\":7}");
                    pull.raw("{\"code\":\"x\",\"error\":\"http: no Location header in response\"}");
                });

        RestoredModel model = BENCH.restoreOne();

        assertThat(model.attempts()).isEqualTo(1);
        assertThat(model.detail()).contains("no Location header");
    }

    @Test
    void pageOfSomebodyElseInTheStreamIsTriedAgainAndNotForEver() {
        server.pull("m:1b", pull -> pull.raw("<html>\n<p>Welcome to the hotel</p>\n</html>\n"));

        RestoredModel model = BENCH.restoreOne();

        assertThat(model.outcome()).isEqualTo(ModelOutcome.FAILED);
        assertThat(model.attempts()).isEqualTo(3);
        assertThat(model.detail()).contains("not Ollama's");
    }

    @Test
    void silentVerifyIsWaitedFor() {
        server.pull(
                "m:1b",
                pull -> {
                    pull.status("pulling manifest");
                    pull.progress("blob", SIZE, SIZE);
                    pull.status("verifying sha256 digest");
                    // longer than all limits of the other phases
                    pull.sleep(1_500);
                    pull.status("writing manifest");
                    pull.appears("a", SIZE);
                    pull.status("success");
                });

        assertThat(BENCH.restoreOne().attempts()).isEqualTo(1);
    }

    @Test
    void modelThatAppearsAlthoughItsPullWasCutIsThere() {
        server.pull(
                "m:1b",
                pull -> {
                    pull.status("pulling manifest");
                    pull.status("verifying sha256 digest");
                    pull.appears("a", SIZE);
                    pull.cut();
                });

        RestoredModel model = BENCH.restoreOne();

        assertThat(model.outcome()).isEqualTo(ModelOutcome.EXACT);
        assertThat(server.pulls()).isEqualTo(1);
    }

    @Test
    void linesOfAllKindsThatServersWriteAreRead() {
        server.pull(
                "m:1b",
                pull -> {
                    pull.split("{\"status\":\"pulling manifest \u00e9\u20ac\"}", 29);
                    pull.raw("\n\r\n");
                    pull.raw(
                            "{\"status\":\"pulling a\",\"digest\":\"sha256:a\"}\r\n{\"digest\":\"sha256:b\",\"completed\":5}\n");
                    pull.line(
                            "{\"status\":\"pulling a\",\"digest\":\"sha256:a\",\"total\":10,\"completed\":99}");
                    pull.line(
                            "{\"status\":\"pulling model\",\"digest\":\"sha256:model\",\"total\":1000,\"completed\":600}");
                    pull.split(
                            "{\"status\":\"pulling a\",\"digest\":\"sha256:a\",\"total\":1000,\"completed\":700}",
                            60);
                    pull.status("polishing the bits");
                    pull.line("{}");
                    pull.finish("a", SIZE);
                });

        assertThat(BENCH.restoreOne().outcome()).isEqualTo(ModelOutcome.EXACT);
    }

    @Test
    void pullWithoutProgressLinesIsOneToo() {
        server.pull(
                "m:1b",
                pull -> {
                    pull.status("pulling manifest");
                    pull.finish("a", SIZE);
                });

        assertThat(BENCH.restoreOne().outcome()).isEqualTo(ModelOutcome.EXACT);
    }

    @Test
    void successIsBelievedAlsoWhenTheServerDoesNotCloseAfterIt() {
        server.pull(
                "m:1b",
                pull -> {
                    pull.finish("a", SIZE);
                    pull.hang();
                });

        assertThat(BENCH.restoreOne().outcome()).isEqualTo(ModelOutcome.EXACT);
    }

    @Test
    void serverThatRestartsIsWaitedFor() {
        server.pull(
                "m:1b",
                pull -> {
                    pull.status("pulling manifest");
                    pull.progress("blob", SIZE, 900);
                    server.lists(Reply.error(500, "model list cache unavailable"));
                    CompletableFuture.delayedExecutor(1500, TimeUnit.MILLISECONDS)
                            .execute(server::comeBack);
                    server.goAway();
                },
                // its partials were pruned: it begins at 0
                succeeds("a", SIZE));

        RestoredModel model = BENCH.restoreOne();

        assertThat(model.outcome()).isEqualTo(ModelOutcome.EXACT);
        assertThat(server.pulls()).isEqualTo(2);
    }

    @Test
    void serverThatStaysAwayEndsTheRun() {
        BENCH.retries(rules ->
                new OllamaRetries(
                        rules.retries(),
                        rules.mostRetries(),
                        rules.delay(),
                        rules.longestDelay(),
                        rules.afterAbort(),
                        rules.recheck(),
                        rules.rateLimit(),
                        rules.longestRateLimit(),
                        Duration.ofMillis(500),
                        rules.unreachableModels()));
        server.pull("m:1b", pull -> server.goAway());

        PartialResultException stopped =
                catchThrowableOfType(PartialResultException.class, BENCH::restore);

        ProblemException problem = (ProblemException) stopped.getCause();
        assertThat(problem.code()).isEqualTo(ProblemCode.OLLAMA_UNREACHABLE);
        assertThat(problem.code().retryable()).isTrue();
    }

    @Test
    void afterAnOwnAbortTheServerIsLeftAloneForAWhile() {
        server.pull("m:1b", pull -> pull.hang(), succeeds("a", SIZE));
        BENCH.retries(rules ->
                new OllamaRetries(
                        rules.retries(),
                        rules.mostRetries(),
                        rules.delay(),
                        rules.longestDelay(),
                        Duration.ofMillis(800),
                        rules.recheck(),
                        rules.rateLimit(),
                        rules.longestRateLimit(),
                        rules.serverPatience(),
                        rules.unreachableModels()));
        long begun = System.nanoTime();

        assertThat(BENCH.restoreOne().outcome()).isEqualTo(ModelOutcome.EXACT);

        long tookMillis = (System.nanoTime() - begun) / 1_000_000;
        assertThat(tookMillis).isGreaterThan(OllamaBench.LIMITS.firstLine().toMillis() + 800);
    }

    @Test
    void noConnectionIsLeftOpen() {
        server.pull("m:1b", pull -> pull.hang(), pull -> pull.cut(), succeeds("a", SIZE));

        assertThat(BENCH.restoreOne().attempts()).isEqualTo(3);

        OllamaBench.until(() -> server.openConnections() == 0);
        OllamaBench.until(() ->
                Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("HttpClient-")));
    }

    @Test
    void oneModelAfterTheOtherIsPulled() {
        server.has("x:1b", "b", 5).has("y:1b", "c", 6).has("m:1b", "a", SIZE);
        BENCH.save();
        server.losesAll();
        List.of("x:1b", "y:1b", "m:1b")
                .forEach(name -> server.pull(name, pull -> pull.cut(), succeeds(digest(name), 5)));

        assertThat(BENCH.restore())
                .extracting(RestoredModel::outcome)
                .containsOnly(ModelOutcome.EXACT);
        assertThat(server.mostPullsAtOnce()).isEqualTo(1);
    }

    private static String digest(String name) {
        return switch (name.charAt(0)) {
            case 'x' -> "b";
            case 'y' -> "c";
            default -> "a";
        };
    }
}
