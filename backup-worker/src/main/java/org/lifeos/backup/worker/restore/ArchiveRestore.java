package org.lifeos.backup.worker.restore;

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
            throw new ProblemException(
                    ProblemCode.RESTORE_FAILED, attempt.redact(errors.entries().getFirst()));
        }
    }

    @Override
    public RestoreErrors tolerant() {
        return run(false);
    }

    private RestoreErrors run(boolean endAtFirstError) {
        RestoreErrors errors = new RestoreErrors();
        int sessions = Math.min(SESSIONS_AT_MOST, Runtime.getRuntime().availableProcessors());
        try (ToolProcess restore =
                RestoreTool.archive(
                        attempt, tools, database, dump.path(), sessions, endAtFirstError, errors)) {
            int exitCode = restore.await();
            attempt.checkpoint();
            if (exitCode != 0 && errors.count() == 0 || ToolProcess.wasKilled(exitCode)) {
                throw new ProblemException(
                        ProblemCode.RESTORE_FAILED,
                        "pg_restore ended with exit code %d. %s"
                                .formatted(exitCode, restore.lastWords()));
            }
        }
        return errors;
    }
}
