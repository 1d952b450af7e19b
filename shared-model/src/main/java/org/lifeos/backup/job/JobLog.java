package org.lifeos.backup.job;

import java.util.List;
import java.util.UUID;
import org.lifeos.backup.sql.Database;

/** What the tools of a job said, line by line. Secrets are taken out before a line comes here. */
public final class JobLog {
    private final Database database;

    public JobLog(Database database) {
        this.database = database;
    }

    public void append(UUID jobId, int attempt, List<String> lines) {
        database.update(
                """
                insert into job_log (job_id, attempt, text)
                select ?, ?, line from unnest(?) with ordinality as said (line, nr) order by nr
                """,
                jobId,
                attempt,
                lines.toArray(String[]::new));
    }

    /** All lines in the order they were said, each with its instant and attempt before it. */
    public List<String> lines(UUID jobId) {
        return database.list(
                "select attempt, at, text from job_log where job_id = ? order by line",
                row ->
                        "%s [%d] %s"
                                .formatted(
                                        row.instant("at"),
                                        row.integer("attempt"),
                                        row.text("text")),
                jobId);
    }
}
