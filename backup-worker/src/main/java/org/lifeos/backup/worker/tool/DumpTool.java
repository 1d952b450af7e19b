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
        return dumpWithoutRowsOf(List.of(), attempt, tools, target, style);
    }

    /**
     * The same without the rows of some tables.
     *
     * @param tables their qualified names as SQL text
     */
    public static ToolProcess dumpWithoutRowsOf(
            List<String> tables,
            Attempt attempt,
            PostgresTools tools,
            Target target,
            DumpStyle style) {
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
        tables.forEach(table -> command.add("--exclude-table-data=" + table));
        command.addAll(style.options());
        return start(attempt, command, target, style);
    }

    /**
     * The rows of one table alone, as {@link #dumpWithoutRowsOf} leaves them out. It waits for
     * whoever holds the table.
     *
     * @param table its qualified name as SQL text, which is a pattern of pg_dump that nothing else
     *     fits
     */
    public static ToolProcess rowsOf(
            String table, Attempt attempt, PostgresTools tools, Target target, DumpStyle style) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                tools.tool("pg_dump"),
                                "--format=plain",
                                "--section=data",
                                "--table=" + table,
                                "--no-password",
                                "--dbname=" + ToolEnvironment.connection(target)));
        command.addAll(style.options());
        return start(attempt, command, target, style);
    }

    private static ToolProcess start(
            Attempt attempt, List<String> command, Target target, DumpStyle style) {
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
