package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;
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
        PlainDumpReader reader = new PlainDumpReader();
        try (ToolProcess dump = DumpTool.dump(attempt, tools, database, style)) {
            InputStream output = dump.output();
            byte[] buffer = new byte[BUFFER];
            long done = 0;
            int length;
            while ((length = output.read(buffer)) >= 0) {
                reader.accept(buffer, 0, length);
                done += length;
                attempt.progress(progress(done));
            }
            int exitCode = dump.await();
            attempt.checkpoint();
            if (exitCode != 0) {
                throw ToolFailures.of(dump, exitCode, ProblemCode.DUMP_FAILED);
            }
        } catch (IOException e) {
            attempt.checkpoint();
            throw new ProblemException(
                    ProblemCode.TARGET_CONNECTION_LOST,
                    "What was restored could not be read back: " + e.getMessage(),
                    e);
        }
        return reader.finish();
    }

    private static Supplier<Progress> progress(long done) {
        return () ->
                new Progress("compare", done, null, null, "%,d bytes read back".formatted(done));
    }
}
