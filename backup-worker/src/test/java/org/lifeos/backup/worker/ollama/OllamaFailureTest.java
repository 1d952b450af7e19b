package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lifeos.backup.testing.OllamaStandIn.succeeds;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.OllamaStandIn;
import org.lifeos.backup.worker.job.PartialResultException;

/** What each error of a pull leads to: how often it is tried again, and whether the run goes on. */
class OllamaFailureTest {
    private static final OllamaBench BENCH = new OllamaBench();
    private static final int BUDGET = 1 + OllamaBench.RETRIES.retries();

    @TempDir Path home;
    private OllamaStandIn server;

    @BeforeEach
    void begin() {
        BENCH.begin(home);
        server = BENCH.server;
        server.has("bad:1b", "a", 100).has("good:70b", "b", 200);
        BENCH.save();
        server.losesAll();
        server.pull("good:70b", succeeds("b", 200));
    }

    @AfterEach
    void end() {
        BENCH.end();
    }

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    private RestoredModel bad(List<RestoredModel> models) {
        return models.stream().filter(it -> it.model().equals("bad:1b")).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pull model manifest: file does not exist                | NOT_IN_REGISTRY | 2",
                "pull model manifest: unauthorized: access denied        | FAILED | 2",
                "pull model manifest: 403: forbidden                     | FAILED | 2",
                "pull model manifest: 412: requires a newer version      | FAILED | 1",
                "this model requires MLX support, but the MLX runtime is not available | FAILED | 1",
                "pull model manifest: 429: {}                            | FAILED | 4",
                "pull model manifest: 503: down                          | FAILED | 4",
                "max retries exceeded: EOF                               | FAILED | 4",
                "context deadline exceeded                               | FAILED | 4",
                "context canceled                                        | FAILED | 4",
                "EOF                                                     | FAILED | 3",
                "unexpected EOF                                          | FAILED | 3",
                "digest mismatch, file must be downloaded again: want sha256:a, got sha256:b | FAILED | 3",
                "http: no Location header in response                    | FAILED | 1",
                "me/foo: digest is empty                                 | FAILED | 1",
                "file does not exist                                     | FAILED | 3",
                "503:                                                    | FAILED | 4",
                "something that nobody has seen before                   | FAILED | 4"
            })
    void oneModelsErrorDoesNotStopTheOthers(String error, ModelOutcome outcome, int pulls) {
        server.pull("bad:1b", pull -> pull.error(error));

        List<RestoredModel> models = BENCH.restore();

        assertThat(bad(models).outcome()).isEqualTo(outcome);
        assertThat(bad(models).attempts()).isEqualTo(pulls);
        assertThat(bad(models).detail()).contains(error.strip());
        assertThat(server.pulls("bad:1b")).isEqualTo(pulls);
        assertThat(OllamaBench.outcomes(models)).containsEntry("good:70b", "EXACT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pull model manifest: file does not exist",
                "pull model manifest: unauthorized: access denied",
                "pull model manifest: 429: {}",
                "pull model manifest: Get \"https://r/v2/x\": dial tcp: lookup r: no such host",
                "pull model manifest: invalid character '<' looking for beginning of value",
                "max retries exceeded: unexpected EOF",
                "context canceled",
                "unexpected EOF",
                "digest mismatch, file must be downloaded again: want sha256:a, got sha256:b",
                "file does not exist",
                "503: ",
                "open /x: no such file or directory"
            })
    void errorThatPassesIsForgotten(String error) {
        server.pull("bad:1b", pull -> pull.error(error), succeeds("a", 100));

        assertThat(bad(BENCH.restore()).outcome()).isEqualTo(ModelOutcome.EXACT);
        assertThat(server.pulls("bad:1b")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "write /x/blobs/sha256-ab-partial: no space left on device | DISK_FULL | 1",
                "open /x/blobs: permission denied                          | OLLAMA_STORE_FAILED | 1",
                "open /x/blobs: read-only file system                      | OLLAMA_STORE_FAILED | 1",
                "write /x: disk quota exceeded                             | OLLAMA_STORE_FAILED | 1",
                "pull model manifest: tls: failed to verify certificate: x509: unknown | OLLAMA_REGISTRY_UNREACHABLE | 2",
                "pull model manifest: invalid character '<' looking for beginning of value | OLLAMA_REGISTRY_UNREACHABLE | 2"
            })
    void whatOtherModelsWouldMeetTooStopsTheRun(String error, ProblemCode code, int pulls) {
        server.pull("bad:1b", pull -> pull.error(error));

        PartialResultException stopped =
                catchThrowableOfType(PartialResultException.class, BENCH::restore);

        assertThat(((ProblemException) stopped.getCause()).code()).isEqualTo(code);
        assertThat(stopped.getCause()).hasMessageContaining("bad:1b");
        assertThat(server.pulls("bad:1b")).isEqualTo(pulls);
        assertThat(server.pulls("good:70b")).isZero();
    }

    @Test
    void stoppedRunKeepsTheOutcomesItHas() {
        server.pull("bad:1b", succeeds("a", 100));
        server.pull("good:70b", pull -> pull.error("write /x: no space left on device"));

        PartialResultException stopped =
                catchThrowableOfType(PartialResultException.class, BENCH::restore);

        String row =
                BENCH.jobs()
                        .service()
                        .value("select failure ->> 'code' from job where type = 'ollama-restore'");
        assertThat(row).isEqualTo("disk-full");
        assertThat(stopped).isNotNull();
        assertThat(BENCH.partial(stopped).models())
                .extracting(RestoredModel::model, RestoredModel::outcome)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("bad:1b", ModelOutcome.EXACT));
    }

    @Test
    void registryThatNoModelReachesStopsTheRunAfterAFew() {
        String error =
                "pull model manifest: Get \"https://r/v2/x\": dial tcp: lookup r: no such host";
        server.has("x:1b", "c", 300)
                .has("y:1b", "d", 400)
                .has("bad:1b", "a", 100)
                .has("good:70b", "b", 200);
        BENCH.save();
        server.losesAll();
        List.of("bad:1b", "good:70b", "x:1b", "y:1b")
                .forEach(name -> server.pull(name, pull -> pull.error(error)));

        PartialResultException stopped =
                catchThrowableOfType(PartialResultException.class, BENCH::restore);

        assertThat(((ProblemException) stopped.getCause()).code())
                .isEqualTo(ProblemCode.OLLAMA_REGISTRY_UNREACHABLE);
        assertThat(server.pulls()).isEqualTo(2 * BUDGET);
    }

    @Test
    void corruptPartialComesWithAdvice() {
        server.pull("bad:1b", pull -> pull.error("EOF"));

        assertThat(bad(BENCH.restore()).detail()).contains("blobs/*-partial*", "restart Ollama");
    }

    @Test
    void retriesThatGainBytesBeginTheCountAnewUntilTheirOwnLimit() {
        int[] gained = {0};
        server.pull(
                "bad:1b",
                pull -> {
                    gained[0] += 5;
                    pull.status("pulling manifest");
                    pull.progress("blob", 100, gained[0]);
                    pull.line("{\"error\":\"max retries exceeded: EOF\"}");
                });

        RestoredModel model = bad(BENCH.restore());

        assertThat(model.outcome()).isEqualTo(ModelOutcome.FAILED);
        assertThat(model.attempts()).isEqualTo(OllamaBench.RETRIES.mostRetries() + 1);
    }

    @Test
    void successWithoutContentIsAFailure() {
        server.pull(
                "bad:1b",
                pull -> {
                    pull.status("pulling manifest");
                    pull.finish("e", 0);
                });

        RestoredModel model = bad(BENCH.restore());

        assertThat(model.outcome()).isEqualTo(ModelOutcome.FAILED);
        assertThat(model.detail()).contains("no content", "ollama rm bad:1b");
    }

    @Test
    void successOfAModelThatIsNotListedIsAFailure() {
        server.pull(
                "bad:1b",
                pull -> {
                    pull.status("pulling manifest");
                    pull.status("success");
                });

        assertThat(bad(BENCH.restore()).detail()).contains("does not list the model");
    }

    @ParameterizedTest
    @CsvSource({
        "400,application/json,1",
        "403,text/html,0",
        "500,application/json,4",
        "504,text/html,4"
    })
    void answerThatIsNoStreamIsTriedAgainOnlyWhereThatHelps(int status, String type, int pulls) {
        String body =
                type.contains("json") ? "{\"error\":\"invalid model name\"}" : "<html>no</html>";
        server.pull(
                "bad:1b",
                pull -> pull.refuse(status, type, status == 500 ? "{\"error\":\"x\"}" : body));

        if (pulls == 0) {
            assertThat(catchThrowableOfType(PartialResultException.class, BENCH::restore))
                    .isNotNull();
        } else {
            assertThat(bad(BENCH.restore()).attempts()).isEqualTo(pulls);
        }
    }

    @Test
    void namesThatNoServerTakesAreNeverSent() {
        BENCH.manifest(
                """
                # {"name":"a b","digest":"x","size":1}
                # {"name":"c\\nd","digest":"x","size":1}

                NAME    ID    SIZE    MODIFIED
                foo:
                x@sha256:0123
                a/b/c/d
                -x
                #x
                é
                good:70b    bbbbbbbbbbbb    200 B    now
                foo:local    cccccccccccc    200 B    now
                """);

        List<RestoredModel> models = BENCH.restore();

        Map<String, String> outcomes = OllamaBench.outcomes(models);
        assertThat(outcomes)
                .containsEntry("good:70b", "EXACT")
                .containsEntry("foo:local", "NOT_IN_REGISTRY")
                .containsEntry("a b", "FAILED")
                .containsEntry("c d", "FAILED")
                .containsEntry("foo:", "FAILED")
                .containsEntry("-x", "FAILED")
                .hasSize(10);
        assertThat(server.requests("POST"))
                .allMatch(request -> request.contains("\"model\":\"good:70b\""));
        assertThat(OllamaRestoreResult.of(models, 0).failed()).isEqualTo(9);
    }
}
