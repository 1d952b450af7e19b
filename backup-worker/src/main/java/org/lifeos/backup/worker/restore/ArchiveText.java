package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.RestoreTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/** An archive as the script that pg_restore makes of it; no server is asked. */
final class ArchiveText extends DumpText {
    private static final Pattern TOO_NEW =
            Pattern.compile("unsupported version|does not support compression");

    private final Attempt attempt;
    private final StoredDump dump;
    private final ToolProcess restore;
    private long count;

    ArchiveText(Attempt attempt, PostgresTools tools, StoredDump dump) {
        dump.requireFile();
        this.attempt = attempt;
        this.dump = dump;
        this.restore = RestoreTool.script(attempt, tools, dump.path());
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = restore.output().read(buffer, offset, length);
        count += Math.max(0, read);
        return read;
    }

    @Override
    public Supplier<Progress> progress(String phase) {
        long done = count;
        return () -> new Progress(phase, done, null, null, "%,d bytes of SQL read".formatted(done));
    }

    /** Only what the archive is to blame for makes it a corrupt one. */
    @Override
    public void requireGoodEnd() {
        int exitCode = restore.await();
        attempt.checkpoint();
        String said = restore.lastWords();
        if (ToolProcess.wasKilled(exitCode)) {
            throw new ProblemException(
                    ProblemCode.DUMP_KILLED,
                    "pg_restore ended with exit code %d. %s".formatted(exitCode, said));
        }
        if (exitCode != 0 && TOO_NEW.matcher(said).find()) {
            throw new ProblemException(
                    ProblemCode.TOOL_TOO_OLD,
                    "%s cannot be read: %s".formatted(dump.path().getFileName(), said));
        }
        if (exitCode != 0) {
            throw dump.corrupt("cannot be read by pg_restore: " + said);
        }
    }

    @Override
    public void close() {
        restore.close();
    }
}
