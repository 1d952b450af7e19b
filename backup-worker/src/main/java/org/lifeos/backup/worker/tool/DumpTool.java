package org.lifeos.backup.worker.tool;

import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;

/** The calls of pg_dump and pg_dumpall. */
public final class DumpTool {
    private DumpTool() {}

    /** One plain dump of the target on standard output. */
    public static ToolProcess dump(Attempt attempt, PostgresTools tools, Target target) {
        return ToolProcess.start(
                attempt,
                List.of(
                        tools.tool("pg_dump"),
                        "--format=plain",
                        "--clean",
                        "--if-exists",
                        "--no-password",
                        "--lock-wait-timeout=60s",
                        "--dbname=" + ToolEnvironment.connection(target)),
                ToolEnvironment.of(target, "pg_dump", attempt.jobId()));
    }

    /**
     * The roles and tablespaces of the target's server on standard output.
     *
     * @param passwords whether with the roles' password hashes, which need a superuser
     */
    public static ToolProcess roles(
            Attempt attempt, PostgresTools tools, Target target, boolean passwords) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                tools.tool("pg_dumpall"),
                                "--globals-only",
                                "--no-password",
                                "--lock-wait-timeout=60s",
                                "--dbname=" + ToolEnvironment.connection(target)));
        if (!passwords) {
            command.add("--no-role-passwords");
        }
        return ToolProcess.start(
                attempt, command, ToolEnvironment.of(target, "pg_dumpall", attempt.jobId()));
    }
}
