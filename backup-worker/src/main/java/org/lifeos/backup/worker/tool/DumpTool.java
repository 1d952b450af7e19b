package org.lifeos.backup.worker.tool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;

/** The calls of pg_dump and pg_dumpall. */
public final class DumpTool {
    private DumpTool() {}

    /** One plain dump of the target on standard output. */
    public static ToolProcess dump(Attempt attempt, PostgresTools tools, Target target) {
        return dump(attempt, tools, target, DumpStyle.OWN);
    }

    /**
     * One plain dump of the target on standard output.
     *
     * @param style in which it is written
     */
    public static ToolProcess dump(
            Attempt attempt, PostgresTools tools, Target target, DumpStyle style) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                tools.tool("pg_dump"),
                                "--format=plain",
                                "--clean",
                                "--if-exists",
                                "--no-password",
                                "--lock-wait-timeout=60s",
                                "--dbname=" + ToolEnvironment.connection(target)));
        command.addAll(style.options());
        return ToolProcess.start(
                attempt,
                command,
                ToolEnvironment.of(target, "pg_dump", attempt.jobId(), style.byteaOutput()));
    }

    /**
     * An archive of the target in the custom format.
     *
     * @param file an empty one, which the tool writes; bringing it onto the disk is left to the
     *     caller, because a tool that does so is silent for as long as the disk takes
     */
    public static ToolProcess archive(
            Attempt attempt, PostgresTools tools, Target target, Path file) {
        return ToolProcess.start(
                attempt,
                List.of(
                        tools.tool("pg_dump"),
                        "--format=custom",
                        "--compress=1",
                        "--file=" + file,
                        "--no-sync",
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
