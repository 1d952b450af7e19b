package org.lifeos.backup.worker.restore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.testing.AttemptBench;

/** What cannot be restored is listed, and the rest is there. */
@Timeout(120)
class TolerantRestoreTest {
    private static final PostgresServer SERVER = PostgresServer.shared();

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @TempDir private Path folder;

    @AfterAll
    static void dropDatabase() {
        SERVER.dropDatabase(RestoreBench.DATABASE);
    }

    @Test
    void rowsOfACopyThatFailsAreNeverRun() {
        RestoreBench bench = new RestoreBench(SERVER, folder);
        RestoreErrors errors =
                bench.restore(
                                BENCH.begin(),
                                bench.dump(
                                        """
                                        CREATE TABLE public.a (n integer);
                                        COPY public.missing (n) FROM stdin;
                                        CREATE TABLE public.made ();
                                        '
                                        \\! true
                                        $x$
                                        \\.
                                        COPY public.a (missing) FROM stdin;
                                        1
                                        ;CREATE TABLE public.made ();
                                        \\.
                                        COPY public.a (n) FROM stdin;
                                        1
                                        2
                                        \\.
                                        COPY public.a (n) FROM stdin;
                                        no number
                                        ;CREATE TABLE public.made ();
                                        \\.
                                        SELECT 1/0;
                                        CREATE TABLE public.last ();
                                        """))
                        .tolerant();

        assertThat(errors.count()).as("%s", errors.entries()).isEqualTo(4);
        assertThat(errors.entries())
                .satisfiesExactly(
                        error -> assertThat(error).contains("public.missing"),
                        error -> assertThat(error).contains("\"missing\""),
                        error -> assertThat(error).contains("no number"),
                        error -> assertThat(error).contains("division by zero"));
        assertThat(bench.rows("SELECT n FROM public.a ORDER BY n"))
                .containsExactly(List.of("1"), List.of("2"));
        assertThat(bench.rows("SELECT relname FROM pg_class WHERE relname IN ('made', 'last')"))
                .containsExactly(List.of("last"));
    }

    @Test
    void errorsAreShortAndWithoutSecrets() {
        RestoreBench bench = new RestoreBench(SERVER, folder);
        StringBuilder sql = new StringBuilder();
        for (int cut = 0; cut < 40; cut++) {
            // moves the secret over the place where the entry is cut
            sql.append(
                    "SELECT '%s %s %s'::integer;\n"
                            .formatted(
                                    "x".repeat(190 + cut), AttemptBench.SECRET, "y".repeat(600)));
        }
        sql.append(
                "CREATE USER MAPPING FOR CURRENT_USER SERVER gone OPTIONS (password 'hunter-two');\n");
        sql.append("SELECT 1/0;\n".repeat(300));
        RestoreErrors errors = bench.restore(BENCH.begin(), bench.dump(sql.toString())).tolerant();

        assertThat(errors.count()).isEqualTo(341);
        assertThat(errors.entries()).hasSize(100);
        assertThat(errors.entries())
                .allSatisfy(entry ->
                        assertThat(entry)
                                .hasSizeLessThanOrEqualTo(501)
                                .doesNotContain("\n", "s3cr", "hunter-two"));
    }

    @Test
    void manyAnswersOfSelectsBlockNothing() {
        RestoreBench bench = new RestoreBench(SERVER, folder);
        String sql =
                "CREATE SEQUENCE public.s;\nCREATE TABLE public.a (n integer);\n"
                        + "SELECT pg_catalog.setval('public.s', 4711, true), repeat('x', 100);\n"
                                .repeat(20_000)
                        + "SELECT repeat('x', 1000000) FROM pg_catalog.generate_series(1, 30);\n"
                        + "COPY public.a (n) FROM stdin;\n1\n\\.\n".repeat(50);
        RestoreErrors errors = bench.restore(BENCH.begin(), bench.dump(sql)).tolerant();

        assertThat(errors.entries()).isEmpty();
        assertThat(bench.rows("SELECT count(*), (SELECT last_value FROM public.s) FROM public.a"))
                .containsExactly(List.of("50", "4711"));
    }

    @Test
    void damageInTheMiddleIsListedAndWhatCameBeforeIsThere() {
        RestoreBench bench = new RestoreBench(SERVER, folder);
        byte[] first =
                RestoreBench.gzip(
                        "CREATE TABLE public.a (n integer);\nCOPY public.a (n) FROM stdin;\n1\n\\.\n"
                                .getBytes(UTF_8));
        byte[] second = RestoreBench.gzip("CREATE TABLE public.b ();\n".getBytes(UTF_8));
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        both[first.length + second.length - 6] ^= 1;
        RestoreErrors errors = bench.restore(BENCH.begin(), bench.stored(both)).tolerant();

        assertThat(errors.entries()).singleElement().asString().contains("cannot be read");
        assertThat(bench.rows("SELECT n FROM public.a")).containsExactly(List.of("1"));
    }

    @Test
    void halfARowIsNoRow() {
        RestoreBench bench = new RestoreBench(SERVER, folder);
        Random random = new Random(7);
        StringBuilder sql =
                new StringBuilder(
                        "CREATE TABLE public.a (v text);\nCOPY public.a (v) FROM stdin;\n");
        for (int row = 0; row < 5_000; row++) {
            sql.append("%020d\n".formatted(random.nextLong(Long.MAX_VALUE)));
        }
        byte[] whole = RestoreBench.gzip(sql.append("\\.\n").toString().getBytes(UTF_8));
        for (int cut = 1; cut <= 5; cut++) {
            byte[] half = Arrays.copyOf(whole, whole.length / 2 + cut * 11);
            RestoreErrors errors = bench.restore(BENCH.begin(), bench.stored(half)).tolerant();
            assertThat(errors.entries()).singleElement().asString().contains("cannot be read");
            assertThat(bench.rows("SELECT DISTINCT length(v) FROM public.a"))
                    .containsExactly(List.of("20"));
        }
    }

    @Test
    void psqlThatIsKilledEndsTheRestore() throws Exception {
        assertEndsWith(
                ProblemCode.DUMP_KILLED,
                _ ->
                        ProcessHandle.current()
                                .children()
                                .filter(child -> child.info().command().orElse("").endsWith("psql"))
                                .forEach(ProcessHandle::destroyForcibly));
    }

    @Test
    void sessionThatIsEndedEndsTheRestore() throws Exception {
        assertEndsWith(
                ProblemCode.TARGET_CONNECTION_LOST,
                attempt ->
                        SERVER.rows(
                                "postgres",
                                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'psql %s'"
                                        .formatted(attempt.jobId())));
    }

    private void assertEndsWith(ProblemCode code, Consumer<Attempt> strikes) throws Exception {
        RestoreBench bench = new RestoreBench(SERVER, folder);
        for (boolean strict : new boolean[] {true, false}) {
            Attempt attempt = BENCH.begin();
            PlainRestore restore =
                    bench.restore(
                            attempt,
                            bench.dump(
                                    "CREATE TABLE public.a (n integer);\nSELECT pg_catalog.pg_sleep(60);\n"
                                            + "COPY public.a (n) FROM stdin;\n1\n\\.\n"));
            Future<ProblemException> problem =
                    threads.submit(() ->
                            catchThrowableOfType(
                                    ProblemException.class,
                                    strict ? restore::strict : restore::tolerant));
            Eventually.eventually(
                    Duration.ofSeconds(20),
                    () ->
                            SERVER.rows(
                                    "postgres",
                                    "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name = 'psql %s'"
                                            .formatted(attempt.jobId())),
                    rows -> !rows.isEmpty());
            strikes.accept(attempt);
            assertThat(problem.get(20, TimeUnit.SECONDS).code()).isEqualTo(code);
        }
    }
}
