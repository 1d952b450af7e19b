package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.LongAdder;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.tool.DumpStyle;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolFailures;
import org.lifeos.backup.worker.tool.ToolProcess;

/** What a restored database holds, read by the same tool and the same reader as the dump was. */
final class ReadBack {
    private static final int BUFFER = 1 << 18;

    private final Attempt attempt;
    private final PostgresTools tools;
    private final Target database;
    private final DumpStyle style;
    private final LongAdder done = new LongAdder();

    private ReadBack(Attempt attempt, PostgresTools tools, Target database, DumpStyle style) {
        this.attempt = attempt;
        this.tools = tools;
        this.database = database;
        this.style = style;
    }

    /**
     * In one snapshot, whoever writes.
     *
     * @param style of the dump that it is compared with, so that equal names and values are equal
     *     bytes
     * @throws ProblemException when it could not be read
     */
    static DumpSummary of(Attempt attempt, PostgresTools tools, Target database, DumpStyle style) {
        return new ReadBack(attempt, tools, database, style).byOne();
    }

    /**
     * As {@link #of} of a database in which nobody writes: a large one is read by two sessions at
     * once.
     */
    static DumpSummary ofIdle(
            Attempt attempt, PostgresTools tools, Target database, DumpStyle style) {
        ReadBack readBack = new ReadBack(attempt, tools, database, style);
        List<String> share = readBack.share();
        return share.isEmpty() ? readBack.byOne() : readBack.byTwo(share);
    }

    private List<String> share() {
        try {
            return DumpShare.of(attempt, database);
        } catch (SQLException e) {
            throw new TargetServer(database).problem(e);
        }
    }

    private DumpSummary byOne() {
        try (ToolProcess dump = DumpTool.dump(attempt, tools, database, style)) {
            return read(dump);
        }
    }

    private DumpSummary byTwo(List<String> share) {
        try (ToolProcess dump = DumpTool.dumpWithoutRowsOf(share, attempt, tools, database, style);
                ToolProcess rows = DumpTool.rowsOf(share, attempt, tools, database, style)) {
            FutureTask<DumpSummary> second = new FutureTask<>(() -> read(rows));
            Thread.ofPlatform().name("read-back").daemon().start(second);
            DumpSummary first = read(dump);
            return first.withRowsOf(result(second));
        }
    }

    private static DumpSummary result(FutureTask<DumpSummary> second) {
        try {
            return second.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading back", e);
        }
    }

    private Progress progress() {
        long bytes = done.sum();
        return new Progress("compare", bytes, null, null, "%,d bytes read back".formatted(bytes));
    }

    private DumpSummary read(ToolProcess dump) {
        PlainDumpReader reader = new PlainDumpReader();
        try {
            InputStream output = dump.output();
            byte[] buffer = new byte[BUFFER];
            int length;
            while ((length = output.read(buffer)) >= 0) {
                reader.accept(buffer, 0, length);
                done.add(length);
                attempt.progress(this::progress);
            }
        } catch (IOException e) {
            attempt.checkpoint();
            throw new ProblemException(
                    ProblemCode.TARGET_CONNECTION_LOST,
                    "What was restored could not be read back: " + e.getMessage(),
                    e);
        }
        int exitCode = dump.await();
        attempt.checkpoint();
        if (exitCode != 0) {
            throw ToolFailures.of(dump, exitCode, ProblemCode.DUMP_FAILED);
        }
        return reader.finish();
    }
}
