package org.lifeos.backup.worker.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.lifeos.backup.testing.Eventually.eventually;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.StopReason;
import org.lifeos.backup.worker.job.StoppedException;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.PartialBackup;
import org.lifeos.backup.worker.storage.PartialBackup.HashedOutput;
import org.lifeos.backup.worker.testing.AttemptBench;
import org.lifeos.backup.worker.tool.Compressor;
import org.lifeos.backup.worker.tool.ToolProcess;

/** With shell scripts in the place of pg_dump, which end in every way that it can end. */
class DumpPipelineTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String DUMP =
            """
            --
            -- PostgreSQL database dump
            --

            COPY public.characters (id, name) FROM stdin;
            1\tAda
            2\tGrace
            \\.


            --
            -- PostgreSQL database dump complete
            --

            """;

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir Path home;

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final Attempt attempt = BENCH.begin();
    private Path dump;
    private Duration compressorPatience = PATIENCE;

    @BeforeEach
    void writeDump() throws IOException {
        dump = Files.writeString(home.resolve("dump.sql"), DUMP);
    }

    @Test
    void wholeDumpIsCountedAndStoredAsItCame() throws Exception {
        Path copy = home.resolve("copy.sql.gz");

        DumpSummary summary = run("cat " + dump, Compressor.best(), copy);

        assertThat(summary.tables())
                .extracting(TableContent::table, TableContent::rows)
                .containsExactly(tuple("public.characters", 2L));
        assertThat(summary.bytes()).isEqualTo(DUMP.length());
        try (GZIPInputStream stored = new GZIPInputStream(Files.newInputStream(copy))) {
            assertThat(new String(stored.readAllBytes(), UTF_8)).isEqualTo(DUMP);
        }
    }

    @Test
    void exitCodeZeroWithoutTheEndMarkerIsAnIncompleteDump() {
        assertThat(problemOf("head -n 8 " + dump).code()).isEqualTo(ProblemCode.DUMP_INCOMPLETE);
        assertThat(problemOf("head -n 6 " + dump).detail()).contains("public.characters");
        assertThat(problemOf("true").code()).isEqualTo(ProblemCode.DUMP_INCOMPLETE);
    }

    @Test
    void dumpKilledAfterItsLastByteIsWorthNothing() {
        ProblemException problem = problemOf("cat %s; kill -9 $$".formatted(dump));

        assertThat(problem.code()).isEqualTo(ProblemCode.DUMP_KILLED);
        assertThat(problem.detail()).contains("137");
    }

    @Test
    void dumpThatFailsAfterItsLastByteIsWorthNothingAndIsQuotedWithoutSecrets() {
        ProblemException problem =
                problemOf(
                        "cat %s; echo 'pg_dump: error: %s is wrong' >&2; exit 1"
                                .formatted(dump, AttemptBench.SECRET));

        assertThat(problem.code()).isEqualTo(ProblemCode.DUMP_FAILED);
        assertThat(problem.detail()).contains("exit code 1", "pg_dump: error: *** is wrong");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ERROR:  canceling statement due to statement timeout               | TARGET_LOCKED
                    ERROR:  canceling statement due to lock timeout                    | TARGET_LOCKED
                    server closed the connection unexpectedly                          | TARGET_CONNECTION_LOST
                    FATAL:  terminating connection due to administrator command        | TARGET_CONNECTION_LOST
                    connection to server at "db" failed: Connection refused            | TARGET_UNREACHABLE
                    could not translate host name "db" to address                      | TARGET_UNREACHABLE
                    FATAL:  password authentication failed for user "lifeos"           | TARGET_ACCESS_DENIED
                    aborting because of server version mismatch                        | TOOL_TOO_OLD
                    """)
    void whatTheDumpSaidTellsTheFailure(String words, ProblemCode code) {
        assertThat(problemOf("echo '%s' >&2; exit 1".formatted(words)).code()).isEqualTo(code);
    }

    @Test
    void silentDumpIsEnded() {
        long begun = System.nanoTime();

        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class,
                        () ->
                                run(
                                        "echo '-- begins'; exec sleep 60",
                                        Compressor.best(),
                                        Duration.ofMillis(300)));

        assertThat(problem.code()).isEqualTo(ProblemCode.DUMP_STALLED);
        assertThat(since(begun)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void dumpThatIsSlowButNeverSilentForLongGoesThrough() {
        String slowly = "for i in 1 2 3 4 5 6 7 8 9; do echo '--'; sleep 0.2; done; cat " + dump;

        assertThat(run(slowly, Compressor.best(), Duration.ofSeconds(1)).complete()).isTrue();
    }

    @Test
    void waitForTheCompressorIsNoSilenceOfTheDump() {
        Compressor late =
                new Compressor.Program(
                        "gzip", Path.of("/bin/sh"), List.of("-c", "sleep 2; exec gzip -c"));
        String more = "head -c 1000000 /dev/zero | tr '\\0' '-'; echo; cat " + dump;

        assertThat(run(more, late, Duration.ofSeconds(1)).complete()).isTrue();
    }

    @Test
    void compressorThatTakesNothingIsEnded() {
        compressorPatience = Duration.ofMillis(500);
        String more = "head -c 3000000 /dev/zero | tr '\\0' '-'; echo; cat " + dump;
        for (String hang : List.of("exec sleep 60", "cat >/dev/null; exec sleep 60")) {
            Compressor hanging =
                    new Compressor.Program("gzip", Path.of("/bin/sh"), List.of("-c", hang));
            long begun = System.nanoTime();

            ProblemException problem = problemOf(more, hanging);

            assertThat(problem.code()).isEqualTo(ProblemCode.COMPRESSOR_FAILED);
            assertThat(problem.detail()).startsWith("gzip took no byte for");
            assertThat(since(begun)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void dumpThatSaidAllAndDoesNotEndIsEnded() {
        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class,
                        () ->
                                run(
                                        "cat %s; exec sleep 60 >&-".formatted(dump),
                                        Compressor.best(),
                                        Duration.ofMillis(500)));

        assertThat(problem.code()).isEqualTo(ProblemCode.DUMP_STALLED);
    }

    @Test
    void stopEndsADumpUnderWay() throws Exception {
        Future<DumpSummary> running = start("exec sleep 60");
        long stopped = System.nanoTime();

        attempt.stop(StopReason.CANCELLED);

        assertStopped(running);
        assertThat(since(stopped)).isLessThan(Duration.ofMillis(2_500));
    }

    @Test
    void dumpThatDoesNotListenIsKilled() throws Exception {
        Future<DumpSummary> running = start("trap '' TERM; exec sleep 60");

        attempt.stop(StopReason.WORKER_STOPS);

        assertStopped(running);
    }

    @Test
    void failureOfTheCompressorIsToldAsSuch() {
        Compressor dying =
                new Compressor.Program(
                        "gzip", Path.of("/bin/sh"), List.of("-c", "cat >/dev/null; exit 1"));

        assertThat(problemOf("cat " + dump, dying).code()).isEqualTo(ProblemCode.COMPRESSOR_FAILED);
    }

    @Test
    void fileThatCannotBeWrittenIsAFailureOfTheStorage() {
        BackupFolder folder = new BackupFolder(home);
        folder.prepare();
        try (PartialBackup partial = folder.begin("a.sql.gz", attempt.lease());
                ToolProcess process = script("cat " + dump)) {
            HashedOutput file = partial.dump();
            file.finish();
            DumpPipeline pipeline =
                    new DumpPipeline(
                            attempt,
                            process,
                            new Compressor.InProcess(),
                            file,
                            new DumpPipeline.Patience(PATIENCE, PATIENCE),
                            Pace.UNBOUNDED);

            ProblemException problem = catchThrowableOfType(ProblemException.class, pipeline::run);

            assertThat(problem.code()).isEqualTo(ProblemCode.STORAGE_FAILED);
            assertThat(problem.detail()).contains(file.path().toString());
        }
    }

    /** Runs a script in a thread of its own, until the process is there. */
    private Future<DumpSummary> start(String script) {
        Path started = home.resolve("started");
        Future<DumpSummary> running =
                threads.submit(() ->
                        run(": > %s; %s".formatted(started, script), Compressor.best(), PATIENCE));
        eventually(Duration.ofSeconds(10), () -> Files.exists(started), there -> there);
        return running;
    }

    private static void assertStopped(Future<DumpSummary> running) throws Exception {
        try {
            running.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(StoppedException.class);
            return;
        }
        throw new AssertionError("it was not stopped");
    }

    private ProblemException problemOf(String script) {
        return problemOf(script, Compressor.best());
    }

    private ProblemException problemOf(String script, Compressor compressor) {
        return catchThrowableOfType(
                ProblemException.class, () -> run(script, compressor, PATIENCE));
    }

    private DumpSummary run(String script, Compressor compressor, Duration longestSilence) {
        return run(script, compressor, longestSilence, null);
    }

    private DumpSummary run(String script, Compressor compressor, Path copy) {
        return run(script, compressor, PATIENCE, copy);
    }

    private DumpSummary run(
            String script, Compressor compressor, Duration longestSilence, Path copy) {
        BackupFolder folder = new BackupFolder(home);
        folder.prepare();
        try (PartialBackup partial = folder.begin("a.sql.gz", attempt.lease());
                ToolProcess process = script(script)) {
            HashedOutput file = partial.dump();
            DumpSummary summary =
                    new DumpPipeline(
                                    attempt,
                                    process,
                                    compressor,
                                    file,
                                    new DumpPipeline.Patience(longestSilence, compressorPatience),
                                    Pace.UNBOUNDED)
                            .run();
            file.finish();
            if (copy != null) {
                Files.copy(file.path(), copy);
            }
            return summary;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private ToolProcess script(String script) {
        return ToolProcess.start(
                attempt, List.of("/bin/sh", "-c", script), Map.of("PATH", System.getenv("PATH")));
    }

    private static Duration since(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime);
    }
}
