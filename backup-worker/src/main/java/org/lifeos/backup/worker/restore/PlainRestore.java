package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Supplier;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.RestoreFilter;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.RestoreTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * A dump's text, filtered while it flows into psql. There is no transaction around it, because psql
 * would commit what it got when its feeder dies; it fills a side database that counts for nothing
 * until somebody gives it a name.
 */
final class PlainRestore implements DumpRestore {
    private static final int BUFFER = 1 << 18;
    private static final int CONNECTION_LOST = 2;

    private final Attempt attempt;
    private final PostgresTools tools;
    private final int serverMajor;
    private final StoredDump dump;
    private final Supplier<DumpText> opening;
    private final Target database;

    /**
     * @param opening opens the dump's text
     * @param database the empty database to fill
     */
    PlainRestore(
            Attempt attempt,
            PostgresTools tools,
            int serverMajor,
            StoredDump dump,
            Supplier<DumpText> opening,
            Target database) {
        this.attempt = attempt;
        this.tools = tools;
        this.serverMajor = serverMajor;
        this.dump = dump;
        this.opening = opening;
        this.database = database;
    }

    /**
     * Runs every statement, and ends at the first that fails.
     *
     * @throws ProblemException when one failed, or the file was not read to the end that it should
     *     have; then the database is worth nothing
     */
    @Override
    public void strict() {
        RestoreErrors errors = new RestoreErrors();
        try (ToolProcess psql = RestoreTool.strict(attempt, tools, database, errors)) {
            boolean fed = feed(psql, RestoreFilter.strict(psql.input(), serverMajor));
            requireGoodEnd(psql, errors, fed);
        }
    }

    private boolean feed(ToolProcess psql, RestoreFilter filter) {
        try (DumpText text = opening.get()) {
            boolean taken = pump(text, filter);
            taken &= closed(psql.input());
            if (taken) {
                text.requireGoodEnd();
            }
            return taken;
        } catch (IOException e) {
            attempt.checkpoint();
            throw dump.corrupt("cannot be read: " + e.getMessage());
        }
    }

    /** False when psql takes no more: what it says tells why. */
    private boolean pump(DumpText text, RestoreFilter filter) throws IOException {
        byte[] buffer = new byte[BUFFER];
        int length;
        while ((length = text.read(buffer)) >= 0) {
            attempt.checkpoint();
            try {
                filter.accept(buffer, 0, length);
            } catch (IOException e) {
                return false;
            }
            attempt.progress(text.progress("restore"));
        }
        return true;
    }

    private static boolean closed(OutputStream input) {
        try {
            input.close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void requireGoodEnd(ToolProcess psql, RestoreErrors errors, boolean fed) {
        int exitCode = psql.await();
        attempt.checkpoint();
        if (exitCode == CONNECTION_LOST) {
            throw new ProblemException(
                    ProblemCode.TARGET_CONNECTION_LOST, "psql: " + psql.lastWords());
        }
        if (ToolProcess.wasKilled(exitCode)) {
            throw new ProblemException(ProblemCode.DUMP_KILLED, ended(psql, exitCode));
        }
        if (errors.count() > 0) {
            throw StatementFailure.of(attempt.redact(errors.entries().getFirst()));
        }
        if (exitCode != 0 || !fed) {
            throw new ProblemException(ProblemCode.RESTORE_FAILED, ended(psql, exitCode));
        }
    }

    private static String ended(ToolProcess psql, int exitCode) {
        return "psql ended with exit code %d. %s".formatted(exitCode, psql.lastWords());
    }

    /**
     * Runs what can be run.
     *
     * @return what failed
     * @throws ProblemException only when the server is lost
     */
    @Override
    public RestoreErrors tolerant() {
        RestoreErrors errors = new RestoreErrors();
        try (ToolProcess psql =
                RestoreTool.tolerant(
                        attempt, tools, database, line -> errors.accept(attempt.redact(line)))) {
            CopyTrial trial = new CopyTrial(attempt, psql, database);
            try {
                feed(psql, RestoreFilter.gated(psql.input(), serverMajor, trial::works));
            } catch (ProblemException e) {
                if (e.code() != ProblemCode.BACKUP_CORRUPT) {
                    throw e;
                }
                errors.add(e.detail());
                closed(psql.input());
            }
            int exitCode = psql.await();
            attempt.checkpoint();
            if (exitCode == CONNECTION_LOST || ToolProcess.wasKilled(exitCode)) {
                throw new ProblemException(
                        exitCode == CONNECTION_LOST
                                ? ProblemCode.TARGET_CONNECTION_LOST
                                : ProblemCode.DUMP_KILLED,
                        ended(psql, exitCode));
            }
            return errors;
        }
    }
}
