package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.LongConsumer;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.tool.DumpStyle;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolFailures;
import org.lifeos.backup.worker.tool.ToolProcess;

/** What a restored database holds, read by the same tool and the same reader as the dump was. */
final class ReadBack {
    private static final int BUFFER = 1 << 18;

    private ReadBack() {}

    /**
     * @param style of the dump that it is compared with, so that equal names and values are equal
     *     bytes
     * @throws ProblemException when it could not be read
     */
    static DumpSummary of(Attempt attempt, PostgresTools tools, Target database, DumpStyle style) {
        return of(attempt, tools, database, style, List.of());
    }

    /**
     * As {@link #of(Attempt, PostgresTools, Target, DumpStyle)}.
     *
     * @param readBefore tables whose rows were read by {@link #of(Attempt, ToolProcess)}, and are
     *     not read again
     */
    static DumpSummary of(
            Attempt attempt,
            PostgresTools tools,
            Target database,
            DumpStyle style,
            List<TableContent> readBefore) {
        List<String> tables = readBefore.stream().map(TableContent::table).toList();
        try (ToolProcess dump =
                DumpTool.dumpWithoutRowsOf(tables, attempt, tools, database, style)) {
            return read(attempt, dump, done -> tell(attempt, done)).withRowsOf(readBefore);
        }
    }

    /** What a pg_dump tells, to its end; nobody is told how far it is. */
    static DumpSummary of(Attempt attempt, ToolProcess dump) {
        return read(attempt, dump, _ -> {});
    }

    private static DumpSummary read(Attempt attempt, ToolProcess dump, LongConsumer progress) {
        PlainDumpReader reader = new PlainDumpReader();
        try {
            InputStream output = dump.output();
            byte[] buffer = new byte[BUFFER];
            long done = 0;
            int length;
            while ((length = output.read(buffer)) >= 0) {
                reader.accept(buffer, 0, length);
                done += length;
                progress.accept(done);
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

    private static void tell(Attempt attempt, long done) {
        attempt.progress(() ->
                new Progress("compare", done, null, null, "%,d bytes read back".formatted(done)));
    }
}
