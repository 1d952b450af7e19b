package org.lifeos.backup.worker.restore;

import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.RestoreTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * An archive of pg_dump's custom format, restored by several sessions at once. pg_restore knows no
 * commands of psql's: what an archive holds runs on the server or not at all.
 */
final class ArchiveRestore implements DumpRestore {
    private static final int SESSIONS_AT_MOST = 4;
    private static final String LOST_ITS_OWN = "a worker process died unexpectedly";

    private final Attempt attempt;
    private final PostgresTools tools;
    private final StoredDump dump;
    private final Target database;

    /**
     * @param database the empty database to fill
     */
    ArchiveRestore(Attempt attempt, PostgresTools tools, StoredDump dump, Target database) {
        this.attempt = attempt;
        this.tools = tools;
        this.dump = dump;
        this.database = database;
    }

    @Override
    public void strict() {
        RestoreErrors errors = run(true);
        if (errors.count() > 0) {
            throw StatementFailure.of(attempt.redact(errors.entries().getFirst()));
        }
    }

    @Override
    public RestoreErrors tolerant() {
        return run(false);
    }

    private RestoreErrors run(boolean endAtFirstError) {
        RestoreErrors errors = new RestoreErrors();
        ServerLoss loss = new ServerLoss();
        int sessions = Math.min(SESSIONS_AT_MOST, Runtime.getRuntime().availableProcessors());
        try (ToolProcess restore =
                RestoreTool.archive(
                        attempt,
                        tools,
                        database,
                        dump.path(),
                        sessions,
                        endAtFirstError,
                        loss.andThen(errors))) {
            int exitCode = restore.await();
            attempt.checkpoint();
            requireNoKill(restore, exitCode, errors);
            if (loss.isSeen()) {
                throw new ProblemException(
                        ProblemCode.TARGET_CONNECTION_LOST, "pg_restore: " + restore.lastWords());
            }
            if (exitCode != 0 && errors.count() == 0) {
                throw new ProblemException(ProblemCode.RESTORE_FAILED, ended(restore, exitCode));
            }
        }
        return errors;
    }

    /** One of its own processes may be killed too, which then is all that it has to say. */
    private static void requireNoKill(ToolProcess restore, int exitCode, RestoreErrors errors) {
        boolean lostItsOwn =
                errors.count() == 1 && errors.entries().getFirst().startsWith(LOST_ITS_OWN);
        if (lostItsOwn || ToolProcess.wasKilled(exitCode)) {
            throw new ProblemException(ProblemCode.DUMP_KILLED, ended(restore, exitCode));
        }
    }

    private static String ended(ToolProcess restore, int exitCode) {
        return "pg_restore ended with exit code %d. %s".formatted(exitCode, restore.lastWords());
    }

    /**
     * Looks for the words of libpq, not for those that a server's ERROR or a statement may hold.
     */
    private static final class ServerLoss implements Consumer<String> {
        private static final Pattern LOST =
                Pattern.compile(
                        "^pg_restore: error: (?!.*ERROR: ).*(server closed the connection|no connection to the server"
                                + "|terminating connection due to|could not receive data from server|connection not open"
                                + "|SSL SYSCALL error|SSL connection has been closed|connection to server .* failed).*");

        private volatile boolean seen;

        @Override
        public void accept(String line) {
            seen |= LOST.matcher(line).matches();
        }

        boolean isSeen() {
            return seen;
        }
    }
}
