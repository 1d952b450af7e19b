package org.lifeos.backup.worker.tool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;

/** The calls of psql and pg_restore that read dumps and restore them. */
public final class RestoreTool {
    /**
     * What roles or databases may have set must not stand in a restore's way. It is durable when
     * the database gets its name, which is written through; until then it does not count.
     */
    private static final String OPTIONS =
            "-c synchronous_commit=off -c default_transaction_read_only=off -c statement_timeout=0 -c lock_timeout=0"
                    // where the filter begins to read too, until the dump sets it
                    + " -c standard_conforming_strings=on";

    private RestoreTool() {}

    /** Reads statements from standard input and ends with 3 at the first that fails. */
    public static ToolProcess strict(
            Attempt attempt, PostgresTools tools, Target database, Consumer<String> listener) {
        List<String> command = command(tools, database);
        command.addAll(List.of("--set=ON_ERROR_STOP=1", "--output=/dev/null"));
        return start(attempt, command, database, listener);
    }

    /**
     * Reads statements from standard input and goes on when one fails; the answers of SELECTs come
     * on standard output, one row a line.
     */
    public static ToolProcess tolerant(
            Attempt attempt, PostgresTools tools, Target database, Consumer<String> listener) {
        List<String> command = command(tools, database);
        command.addAll(List.of("--tuples-only", "--no-align"));
        return start(attempt, command, database, listener);
    }

    /** Reads statements and psql's own commands from standard input: none that come from a dump. */
    public static ToolProcess statements(Attempt attempt, PostgresTools tools, Target database) {
        List<String> command =
                List.of(
                        tools.tool("psql"),
                        "--no-psqlrc",
                        "--quiet",
                        "--no-password",
                        "--output=/dev/null",
                        "--dbname=" + ToolEnvironment.connection(database),
                        "--file=-");
        return start(attempt, command, database, _ -> {});
    }

    /**
     * Restores an archive, several tables at a time.
     *
     * @param sessions at the same time
     * @param endAtFirstError or go on with the rest
     */
    public static ToolProcess archive(
            Attempt attempt,
            PostgresTools tools,
            Target database,
            Path archive,
            int sessions,
            boolean endAtFirstError,
            Consumer<String> listener) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                tools.tool("pg_restore"),
                                "--format=custom",
                                "--no-password",
                                "--jobs=" + sessions,
                                "--dbname=" + ToolEnvironment.connection(database)));
        if (endAtFirstError) {
            command.add("--exit-on-error");
        }
        command.add(archive.toString());
        return start(attempt, command, database, listener);
    }

    /** Writes what an archive holds as a script on standard output; no server is asked. */
    public static ToolProcess script(Attempt attempt, PostgresTools tools, Path archive) {
        return ToolProcess.start(
                attempt,
                List.of(
                        tools.tool("pg_restore"),
                        "--format=custom",
                        "--file=-",
                        archive.toString()),
                ToolEnvironment.plain());
    }

    /** In restricted mode psql runs no command of its own, whatever a dump says. */
    private static List<String> command(PostgresTools tools, Target database) {
        String key = UUID.randomUUID().toString().replace("-", "");
        return new ArrayList<>(
                List.of(
                        tools.tool("psql"),
                        "--no-psqlrc",
                        "--quiet",
                        "--no-password",
                        "--set=ECHO=errors",
                        "--dbname=" + ToolEnvironment.connection(database),
                        "--command=\\restrict " + key,
                        "--file=-"));
    }

    private static ToolProcess start(
            Attempt attempt, List<String> command, Target database, Consumer<String> listener) {
        Map<String, String> environment =
                ToolEnvironment.of(
                        database,
                        Path.of(command.getFirst()).getFileName().toString(),
                        attempt.jobId());
        environment.put("PGOPTIONS", OPTIONS);
        return ToolProcess.start(attempt, command, environment, listener);
    }
}
