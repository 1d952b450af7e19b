package org.lifeos.backup.worker.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.PartialBackup;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.testing.AttemptBench;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolProcess;

/** With the real pg_dump, and with shell scripts in its place. */
@Timeout(60)
class ArchiveDumpTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final PostgresTools TOOLS = PostgresTools.forServer(SERVER.major());
    private static final String LARGE = "archive of noise";
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir Path home;

    private final Attempt attempt = BENCH.begin();

    @Test
    void archiveIsForItsOwnerAloneAndIsWhatThePartialBackupTells() throws IOException {
        BackupFolder folder = new BackupFolder(home);
        folder.prepare();
        try (PartialBackup partial = folder.begin("a.dump", attempt.lease())) {
            Path file = partial.dumpByTool();
            try (ToolProcess dump = DumpTool.archive(attempt, TOOLS, target("postgres"), file)) {
                new ArchiveDump(attempt, dump, file, PATIENCE).run();
            }
            DumpFile written = partial.written(file, attempt::checkpoint);
            assertThat(written.name()).isEqualTo("a.dump");
            assertThat(written.sizeBytes()).isEqualTo(Files.size(file)).isPositive();
            assertThat(CommandRun.of("sha256sum", file.toString()).orThrow())
                    .startsWith(written.sha256());
            assertThat(Files.getPosixFilePermissions(file))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            assertThat(CommandRun.of(TOOLS.tool("pg_restore"), "--list", file.toString()).orThrow())
                    .contains("Format: CUSTOM");
        }
        assertThat(CommandRun.of("find", home.toString(), "-type", "f").orThrow()).isBlank();
    }

    @Test
    void fullDiskIsToldAsSuch() {
        Path full = Path.of("/dev/full");
        SERVER.dropDatabase(LARGE);
        SERVER.createDatabase(LARGE);
        SERVER.execute(
                LARGE,
                "CREATE TABLE noise AS SELECT sha512(n::text::bytea) FROM generate_series(1, 20000) n");
        try (ToolProcess dump = DumpTool.archive(attempt, TOOLS, target(LARGE), full)) {
            assertThat(problemOf(dump, full).code()).isEqualTo(ProblemCode.DISK_FULL);
        } finally {
            SERVER.dropDatabase(LARGE);
        }
    }

    @Test
    void toolThatWritesNothingIsStalled() throws IOException {
        ProblemException problem = problemOf("exec sleep 50");
        assertThat(problem.code()).isEqualTo(ProblemCode.DUMP_STALLED);
        assertThat(problem.detail()).contains("2 seconds");
    }

    @Test
    void toolThatWritesSlowlyIsNotStalled() throws IOException {
        Path file = file();
        String slow = "for n in 1 2 3 4 5 6; do echo $n >> '%s'; sleep 0.7; done".formatted(file);
        try (ToolProcess dump = start(slow)) {
            new ArchiveDump(attempt, dump, file, PATIENCE).run();
        }
        assertThat(Files.readAllLines(file)).hasSize(6);
    }

    @Test
    void toolThatDoesNotEndWellIsAFailure() throws IOException {
        assertThat(problemOf("kill -9 $$").code()).isEqualTo(ProblemCode.DUMP_KILLED);
        assertThat(problemOf("echo 'pg_dump: error: odd' >&2; exit 1"))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ProblemCode.DUMP_FAILED);
                    assertThat(problem.detail()).contains("odd");
                });
    }

    private static Target target(String database) {
        return new Target(
                "bench",
                SERVER.host(),
                SERVER.port(),
                database,
                SERVER.superuser(),
                SERVER.password());
    }

    private ProblemException problemOf(String script) throws IOException {
        try (ToolProcess dump = start(script)) {
            return problemOf(dump, file());
        }
    }

    private ProblemException problemOf(ToolProcess dump, Path file) {
        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class,
                        () -> new ArchiveDump(attempt, dump, file, PATIENCE).run());
        assertThat(problem).isNotNull();
        return problem;
    }

    private Path file() throws IOException {
        return Files.write(home.resolve("file"), new byte[0]);
    }

    private ToolProcess start(String script) {
        return ToolProcess.start(
                attempt, List.of("/bin/sh", "-c", script), Map.of("PATH", System.getenv("PATH")));
    }
}
