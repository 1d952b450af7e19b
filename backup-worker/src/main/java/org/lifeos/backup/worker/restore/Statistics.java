package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.RestoreTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * Takes the planner's statistics of a restored database, without which the first queries on it
 * would be slow ones; by several sessions where nothing else is left to do. They do not wait for
 * tables that the server is at by itself.
 */
final class Statistics implements AutoCloseable {
    private static final int SESSIONS_AT_MOST = 4;
    private static final int SKIP_LOCKED_SINCE = 12;

    /** A root's are those of its partitions too. */
    private static final String SCRIPT =
            """
            select format('analyze %%s %%s', '%s', t.oid::regclass)
            from (select oid, row_number() over (order by relpages desc, oid) as number from pg_class
                  where relkind in ('r', 'm', 'p') and not relispartition) as t
            where t.number %% %d = %d
            order by t.number
            \\gexec
            """;

    private final Attempt attempt;
    private final List<ToolProcess> sessions = new ArrayList<>();

    private Statistics(Attempt attempt) {
        this.attempt = attempt;
    }

    /**
     * Begins, and does not wait for the end.
     *
     * @param alone whether nothing else is at work that needs the cores
     */
    static Statistics start(
            Attempt attempt, PostgresTools tools, Target database, int serverMajor, boolean alone) {
        Statistics statistics = new Statistics(attempt);
        String option = serverMajor < SKIP_LOCKED_SINCE ? "" : "(skip_locked)";
        int count =
                alone ? Math.min(SESSIONS_AT_MOST, Runtime.getRuntime().availableProcessors()) : 1;
        try {
            for (int part = 0; part < count; part++) {
                ToolProcess session = RestoreTool.statements(attempt, tools, database);
                statistics.sessions.add(session);
                tell(session, SCRIPT.formatted(option, count, part));
            }
            return statistics;
        } catch (RuntimeException e) {
            statistics.close();
            throw e;
        }
    }

    private static void tell(ToolProcess session, String script) {
        try (OutputStream input = session.input()) {
            input.write(script.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // its exit code tells
        }
    }

    /**
     * Waits for the end; without statistics the database is as good. What failed of one table is in
     * the log.
     */
    void await() {
        for (ToolProcess session : sessions) {
            int exitCode = session.await();
            attempt.checkpoint();
            if (exitCode != 0) {
                attempt.log("ANALYZE was cut off; the server will make up for it");
            }
        }
    }

    @Override
    public void close() {
        sessions.forEach(ToolProcess::close);
    }
}
