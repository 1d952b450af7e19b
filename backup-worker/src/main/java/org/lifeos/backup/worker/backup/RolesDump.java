package org.lifeos.backup.worker.backup;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * The server's roles, without which a restore on a fresh server fails.
 *
 * @param sql what pg_dumpall wrote
 * @param passwords whether the password hashes are among it
 */
record RolesDump(byte[] sql, boolean passwords) {
    private static final String END = "-- PostgreSQL database cluster dump complete";
    private static final int LARGEST = 64 << 20;

    /** With password hashes where the user may read them (a superuser), else without. */
    static RolesDump take(Attempt attempt, PostgresTools tools, Target target) {
        try {
            return new RolesDump(run(attempt, tools, target, true), true);
        } catch (ProblemException e) {
            attempt.checkpoint();
            if (!e.detail().contains("permission denied")) {
                throw e;
            }
            attempt.log(
                    "the roles are saved without passwords: %s may not read them"
                            .formatted(target.user()));
            return new RolesDump(run(attempt, tools, target, false), false);
        }
    }

    private static byte[] run(
            Attempt attempt, PostgresTools tools, Target target, boolean passwords) {
        try (ToolProcess process = DumpTool.roles(attempt, tools, target, passwords)) {
            ByteArrayOutputStream sql = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 16];
            int length;
            while ((length = process.output().read(buffer)) >= 0 && sql.size() <= LARGEST) {
                sql.write(buffer, 0, length);
            }
            int exitCode = process.await();
            attempt.checkpoint();
            if (exitCode != 0) {
                throw DumpFailures.of(process, exitCode, ProblemCode.ROLES_DUMP_FAILED);
            }
            if (!sql.toString(StandardCharsets.UTF_8).contains(END)) {
                throw new ProblemException(
                        ProblemCode.DUMP_INCOMPLETE, "pg_dumpall ended before its end marker.");
            }
            return sql.toByteArray();
        } catch (IOException e) {
            attempt.checkpoint();
            throw new ProblemException(
                    ProblemCode.ROLES_DUMP_FAILED,
                    "pg_dumpall's answer broke off: " + e.getMessage(),
                    e);
        }
    }
}
