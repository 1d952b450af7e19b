package org.lifeos.backup.worker.testing;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.worker.job.Attempt;

/** Attempts at real jobs, for tests of what belongs to one. */
public final class AttemptBench implements AutoCloseable {
    /** What is taken out of all that tools say. */
    public static final String SECRET = "s3cret-word";

    private final QueueBench bench = QueueBench.create();
    private final JobQueue queue = bench.queue("ada");

    /** Claims a new job. */
    public Attempt begin() {
        bench.submit("target-" + UUID.randomUUID());
        return new Attempt(
                QueueBench.claim(queue),
                queue,
                new JobLog(bench.database()),
                new Redaction(List.of(SECRET)));
    }

    /** The attempt's log and its job's row. */
    public String everythingSaid(Attempt attempt) {
        attempt.phase("read", "what was said");
        return String.join("\n", new JobLog(bench.database()).lines(attempt.jobId()))
                + bench.row(attempt.jobId());
    }

    @Override
    public void close() throws SQLException {
        bench.close();
    }
}
