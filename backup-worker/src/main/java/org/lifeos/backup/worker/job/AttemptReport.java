package org.lifeos.backup.worker.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.sql.SqlFailure;

/**
 * What an attempt tells: its newest progress, and what its tools say. Telling costs nothing and
 * never waits, so that neither a slow database nor a talkative tool holds up the work; {@link
 * #flush} writes it, now and then and at the end.
 */
final class AttemptReport {
    /** A tool gone wild must not fill the database. */
    private static final int LINES_AT_MOST = 2_000;

    private final Lease lease;
    private final JobQueue queue;
    private final JobLog log;
    private final AtomicReference<Supplier<Progress>> newest = new AtomicReference<>();
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lineCount = new AtomicInteger();

    AttemptReport(Lease lease, JobQueue queue, JobLog log) {
        this.lease = lease;
        this.queue = queue;
        this.log = log;
    }

    void progress(Supplier<Progress> progress) {
        newest.set(progress);
    }

    /**
     * @param line without secrets
     */
    void line(String line) {
        int number = lineCount.incrementAndGet();
        if (number <= LINES_AT_MOST) {
            lines.add(line.replace("\0", ""));
        } else if (number == LINES_AT_MOST + 1) {
            lines.add("more was said; of one attempt %,d lines are kept".formatted(LINES_AT_MOST));
        }
    }

    /**
     * Writes what was told since the last time.
     *
     * @return false when the lease is lost, so that nothing was written about the job
     * @throws SqlFailure when the database is away; then it is all written the next time
     */
    synchronized boolean flush() {
        List<String> said = new ArrayList<>(lines);
        if (!said.isEmpty()) {
            log.append(lease.jobId(), lease.attempt(), said);
            said.forEach(_ -> lines.remove());
        }
        Supplier<Progress> progress = newest.get();
        if (progress == null) {
            return true;
        }
        boolean held = queue.report(lease, progress.get());
        newest.compareAndSet(progress, null);
        return held;
    }
}
