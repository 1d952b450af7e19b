package org.lifeos.backup.worker.restore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.dump.ContentDifferences;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.StopReason;
import org.lifeos.backup.worker.job.StoppedException;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.testing.AttemptBench;
import org.lifeos.backup.worker.tool.DumpStyle;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolProcess;

/** Archives of the real pg_dump, read and restored by the real pg_restore. */
@Timeout(120)
class ArchiveRestoreTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final PostgresTools TOOLS = PostgresTools.forServer(SERVER.major());
    private static final String SOURCE = "archive source";
    private static final String SIDE = "archive side";
    private static final int MINOR_VERSION = 6;
    private static final String SCHEMA =
            """
            CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, raw bytea);
            INSERT INTO people (name, raw) SELECT 'n' || n, sha256(n::text::bytea) FROM generate_series(1, 2000) n;
            CREATE TABLE pets (owner integer REFERENCES people, name text DEFAULT 'Rex');
            INSERT INTO pets SELECT n, NULL FROM generate_series(1, 500) n;
            CREATE INDEX ON pets (owner);
            CREATE VIEW owners AS SELECT DISTINCT owner FROM pets;
            COMMENT ON TABLE pets IS 'four legs; mostly';
            SELECT lo_from_bytea(4711, '\\x00ff5c0a');
            CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM pets;
            """;

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir private Path folder;

    private final Attempt attempt = BENCH.begin();
    private RestoreBench bench;

    @BeforeEach
    void createSource() {
        bench = new RestoreBench(SERVER, folder);
        dropAll();
        SERVER.createDatabase(SOURCE);
        SERVER.execute(SOURCE, SCHEMA);
    }

    @AfterEach
    void dropAll() {
        List.of(SIDE, SOURCE, RestoreBench.DATABASE).forEach(SERVER::dropDatabase);
    }

    @Test
    void archiveHoldsThePlainDumpsContentAndComesBackWhole() throws Exception {
        DumpInspection archive = DumpInspection.strict(attempt, TOOLS, dump());
        assertThat(archive.summary().fingerprint()).isEqualTo(plain().fingerprint());
        assertThat(archive.summary().tables())
                .containsExactlyInAnyOrderElementsOf(plain().tables());
        RestoredCopy copy = copy(dump(), false);
        copy.inspect();
        copy.fill();
        assertThat(copy.differences()).isEmpty();
        assertThat(copy.content().fingerprint()).isEqualTo(archive.summary().fingerprint());
    }

    @Test
    void archiveComesBackThroughPsqlWhereToolsAndServerAreOfDifferentVersions() {
        for (boolean tolerant : new boolean[] {false, true}) {
            StoredDump dump = dump();
            PlainRestore restore = bench.restore(attempt, dump);
            if (tolerant) {
                assertThat(restore.tolerant().entries()).isEmpty();
            } else {
                restore.strict();
            }
            assertThat(
                            ContentDifferences.between(
                                    DumpInspection.strict(attempt, TOOLS, dump).summary(),
                                    readBack(RestoreBench.DATABASE),
                                    true))
                    .isEmpty();
        }
    }

    @Test
    void damageIsFoundBeforeAServerIsTouched() throws IOException {
        byte[] whole = bytes();
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            byte[] damaged = whole.clone();
            damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            assertThat(inspectionProblem(bench.archive(damaged, whole)).code())
                    .as("seed %d", seed)
                    .isEqualTo(ProblemCode.BACKUP_CORRUPT);
        }
        for (int length : new int[] {0, 4, 100, whole.length / 2, whole.length - 1}) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThat(inspectionProblem(bench.archive(cut, cut)).code())
                    .as("cut at %d of %d", length, whole.length)
                    .isEqualTo(ProblemCode.BACKUP_CORRUPT);
        }
    }

    @Test
    void toleratedDamageLeavesTheRestReadable() throws Exception {
        byte[] whole = bytes();
        byte[] longer = Arrays.copyOf(whole, whole.length + 1);
        StoredDump dump = bench.archive(longer, whole);
        assertThat(inspectionProblem(dump).code()).isEqualTo(ProblemCode.BACKUP_CORRUPT);
        RestoredCopy copy = copy(dump, true);
        copy.inspect();
        copy.fill();
        assertThat(copy.errors()).isEmpty();
        assertThat(copy.content().fingerprint()).isEqualTo(plain().fingerprint());
    }

    @Test
    void tableThatCannotBeDecompressedIsListedAndNotTakenForAKilledTool() throws Exception {
        SERVER.execute(
                SOURCE,
                "CREATE TABLE noise AS SELECT sha512(n::text::bytea) FROM generate_series(1, 20000) n");
        byte[] whole = bytes();
        byte[] damaged = whole.clone();
        for (int i = whole.length / 2; i < whole.length / 2 + 100; i++) {
            damaged[i] ^= (byte) 0xff;
        }
        RestoredCopy copy = copy(bench.archive(damaged, whole), true);
        copy.inspect();
        copy.fill();
        assertThat(copy.errors()).anySatisfy(error -> assertThat(error).contains("uncompress"));
        assertThat(SERVER.rows(SIDE, "SELECT to_regclass('public.noise') IS NOT NULL"))
                .containsExactly(List.of("t"));
    }

    @Test
    void archiveOfANewerFormatIsNotCorrupt() throws IOException {
        byte[] newer = bytes();
        newer[MINOR_VERSION] = 99;
        ProblemException problem = inspectionProblem(bench.archive(newer, newer));
        assertThat(problem.code()).isEqualTo(ProblemCode.TOOL_TOO_OLD);
        assertThat(problem.detail()).contains("unsupported version");
    }

    @Test
    void toolThatIsKilledSaysNothingAboutTheArchive() throws IOException {
        PostgresTools killed = fakeRestore("kill -9 $$");
        StoredDump dump = dump();
        assertThat(problemOf(() -> DumpInspection.strict(attempt, killed, dump)).code())
                .isEqualTo(ProblemCode.DUMP_KILLED);
        assertThat(problemOf(() -> restore(killed, dump).strict()).code())
                .isEqualTo(ProblemCode.DUMP_KILLED);
        PostgresTools lost =
                fakeRestore(
                        "echo 'pg_restore: error: a worker process died unexpectedly' >&2; exit 1");
        assertThat(problemOf(() -> restore(lost, dump).tolerant()).code())
                .isEqualTo(ProblemCode.DUMP_KILLED);
    }

    /** Mostly the tool's output is closed between two reads; many rounds hit that moment. */
    @Test
    void stopWhileAnArchiveIsReadSaysNothingAboutIt() throws Exception {
        Path reads = folder.resolve("reads");
        PostgresTools endless = fakeRestore("touch '%s'; exec yes -- --".formatted(reads));
        StoredDump dump = dump();
        for (int round = 0; round < 20; round++) {
            Files.deleteIfExists(reads);
            Attempt stopped = BENCH.begin();
            CompletableFuture<DumpInspection> reading =
                    CompletableFuture.supplyAsync(
                            () -> DumpInspection.strict(stopped, endless, dump));
            Eventually.eventually(Duration.ofSeconds(20), () -> reads, Files::exists);
            stopped.stop(StopReason.CANCELLED);
            assertThat(catchThrowableOfType(ExecutionException.class, reading::get).getCause())
                    .as("round %d", round)
                    .isInstanceOf(StoppedException.class);
        }
    }

    @Test
    void serverThatIsLostSaysNothingAboutTheArchive() {
        SERVER.execute(
                SOURCE,
                """
                CREATE TABLE naps (seconds integer);
                CREATE MATERIALIZED VIEW slept AS SELECT pg_sleep(seconds)::text FROM naps;
                INSERT INTO naps VALUES (100);
                """);
        StoredDump dump = dump();
        for (boolean tolerant : new boolean[] {false, true}) {
            ArchiveRestore restore = restore(TOOLS, dump);
            CompletableFuture<ProblemException> problem =
                    CompletableFuture.supplyAsync(
                            () -> problemOf(tolerant ? restore::tolerant : restore::strict));
            Eventually.eventually(
                    Duration.ofSeconds(30),
                    () ->
                            SERVER.rows(
                                    SIDE,
                                    """
                                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                                    WHERE datname = current_database() AND query LIKE 'REFRESH%' AND state = 'active'
                                    """),
                    rows -> !rows.isEmpty());
            assertThat(problem.join().code()).isEqualTo(ProblemCode.TARGET_CONNECTION_LOST);
        }
    }

    @Test
    void errorsOfStatementsAreNotTakenForALossOfTheServer() {
        SERVER.execute(
                SOURCE,
                """
                CREATE FUNCTION fails() RETURNS integer LANGUAGE plpgsql AS $$
                BEGIN RAISE 'server closed the connection unexpectedly'; END $$;
                CREATE MATERIALIZED VIEW failing AS SELECT fails() FROM people WHERE id < 0;
                UPDATE people SET id = -1 WHERE id = 2000;
                """);
        StoredDump dump = dump();
        ProblemException problem = problemOf(() -> restore(TOOLS, dump).strict());
        assertThat(problem.code()).isEqualTo(ProblemCode.RESTORE_FAILED);
        assertThat(restore(TOOLS, dump).tolerant().entries())
                .singleElement()
                .satisfies(error -> assertThat(error).contains("server closed", "failing"));
        assertThat(SERVER.rows(SIDE, "SELECT count(*) FROM pets")).containsExactly(List.of("500"));
    }

    @Test
    void namesThatLookLikeCommandsOfPsqlRunNothing() throws Exception {
        Path marker = folder.resolve("marker");
        SERVER.execute(
                SOURCE,
                """
                CREATE TABLE "a
                \\! touch %1$s
                " ("b
                \\! touch %1$s
                " text);
                COMMENT ON TABLE pets IS E'c\\n\\\\! touch %1$s\\n';
                """
                        .formatted(marker));
        RestoredCopy copy = copy(dump(), false);
        copy.inspect();
        copy.fill();
        assertThat(copy.differences()).isEmpty();
        bench.restore(attempt, dump()).strict();
        assertThat(marker).doesNotExist();
    }

    @Test
    void archiveOfNewerToolsThanAnyHereNeedsThem() {
        ProblemException problem = problemOf(() -> PostgresTools.forArchive(15, "99.1"));
        assertThat(problem.code()).isEqualTo(ProblemCode.TOOL_TOO_OLD);
        assertThat(problem.detail()).contains("archive", "99.1");
        assertThat(PostgresTools.forArchive(SERVER.major(), null)).isEqualTo(TOOLS);
        assertThat(PostgresTools.forArchive(SERVER.major(), "9.6")).isEqualTo(TOOLS);
    }

    private StoredDump dump() {
        byte[] bytes = bytes();
        return bench.archive(bytes, bytes);
    }

    private byte[] bytes() {
        Path file = folder.resolve("archive");
        try (ToolProcess dump = DumpTool.archive(attempt, TOOLS, bench.target(SOURCE), file)) {
            assertThat(dump.await()).as(dump.lastWords()).isZero();
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private DumpSummary plain() {
        return readBack(SOURCE);
    }

    private DumpSummary readBack(String database) {
        return ReadBack.of(attempt, TOOLS, bench.target(database), DumpStyle.OWN);
    }

    private RestoredCopy copy(StoredDump dump, boolean tolerant) {
        Target target = bench.target(SOURCE);
        return RestoredCopy.kept(attempt, target, dump, Optional.empty(), SIDE, tolerant);
    }

    /** A restore into an empty database. */
    private ArchiveRestore restore(PostgresTools tools, StoredDump dump) {
        SERVER.dropDatabase(SIDE);
        SERVER.createDatabase(SIDE);
        return new ArchiveRestore(attempt, tools, dump, bench.target(SIDE));
    }

    private PostgresTools fakeRestore(String script) throws IOException {
        Path tool = folder.resolve("pg_restore");
        Files.write(tool, ("#!/bin/sh\n" + script + "\n").getBytes(UTF_8));
        assertThat(tool.toFile().setExecutable(true)).isTrue();
        return new PostgresTools(folder, TOOLS.major(), TOOLS.version());
    }

    private ProblemException inspectionProblem(StoredDump dump) {
        return problemOf(() -> DumpInspection.strict(attempt, TOOLS, dump));
    }

    private static ProblemException problemOf(ThrowingCallable work) {
        ProblemException problem = catchThrowableOfType(ProblemException.class, work);
        assertThat(problem).isNotNull();
        return problem;
    }
}
