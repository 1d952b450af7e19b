package org.lifeos.backup.worker.backup;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolFailures;
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
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(5);

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
            return read(attempt, process, LONGEST_SILENCE);
        }
    }

    /**
     * @throws ProblemException when it says nothing for too long, more than any server has roles,
     *     or fails
     */
    static byte[] read(Attempt attempt, ToolProcess process, Duration longestSilence) {
        ByteArrayOutputStream sql = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        try (SilenceWatch silence = new SilenceWatch(longestSilence, process::end)) {
            silence.begins();
            for (int length = 0; length >= 0; length = readInto(buffer, process)) {
                silence.begins();
                sql.write(buffer, 0, length);
                requireSane(sql, process);
            }
            int exitCode = process.await();
            silence.ends();
            attempt.checkpoint();
            if (silence.wasTooLong()) {
                throw new ProblemException(
                        ProblemCode.DUMP_STALLED,
                        "%s sent no byte for %d seconds."
                                .formatted(process.name(), longestSilence.toSeconds()));
            }
            if (exitCode != 0) {
                throw ToolFailures.of(process, exitCode, ProblemCode.ROLES_DUMP_FAILED);
            }
        }
        if (!sql.toString(StandardCharsets.UTF_8).contains(END)) {
            throw new ProblemException(
                    ProblemCode.DUMP_INCOMPLETE, "pg_dumpall ended before its end marker.");
        }
        return sql.toByteArray();
    }

    /** What its pipe fails with, its exit code tells better. */
    private static int readInto(byte[] buffer, ToolProcess process) {
        try {
            return process.output().read(buffer);
        } catch (IOException e) {
            return -1;
        }
    }

    private static void requireSane(ByteArrayOutputStream sql, ToolProcess process) {
        if (sql.size() > LARGEST) {
            throw new ProblemException(
                    ProblemCode.ROLES_DUMP_FAILED,
                    "%s wrote more than %d MiB of roles, which no server has."
                            .formatted(process.name(), LARGEST >> 20));
        }
    }
}
