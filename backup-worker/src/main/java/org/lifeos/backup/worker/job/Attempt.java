package org.lifeos.backup.worker.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.job.LeaseLostException;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.sql.SqlFailure;

/**
 * One try at a job under its lease: what a handler reports to and asks whether it may go on. {@link
 * #stop} may come from any thread at any moment; everything registered with {@link #onStop} then
 * ends, and the next {@link #checkpoint} throws.
 */
public final class Attempt {
    private static final Logger LOG = Logger.getLogger(Attempt.class);
    private static final Duration REPORT_AT_MOST_EVERY = Duration.ofMillis(500);

    /** A tool gone wild must not fill the database. */
    private static final int LOG_LINES_AT_MOST = 2_000;

    private final LeasedJob job;
    private final JobQueue queue;
    private final JobLog log;
    private final Redaction redaction;
    private final List<Runnable> stopActions = new ArrayList<>();
    private StopReason stopReason;
    private boolean published;
    private int logLines;
    private long reportedAt = System.nanoTime() - REPORT_AT_MOST_EVERY.toNanos();

    public Attempt(LeasedJob job, JobQueue queue, JobLog log, Redaction redaction) {
        this.job = job;
        this.queue = queue;
        this.log = log;
        this.redaction = redaction;
    }

    public LeasedJob job() {
        return job;
    }

    public Lease lease() {
        return job.lease();
    }

    public UUID jobId() {
        return job.job().id();
    }

    /** Ends the attempt as soon as may be. Only the first reason counts. */
    public void stop(StopReason reason) {
        List<Runnable> actions;
        synchronized (this) {
            if (stopReason != null || published) {
                return;
            }
            stopReason = reason;
            actions = List.copyOf(stopActions);
        }
        actions.forEach(Runnable::run);
    }

    public synchronized StopReason stopReason() {
        return stopReason;
    }

    /**
     * @throws StoppedException when the attempt is to end
     */
    public void checkpoint() {
        StopReason reason = stopReason();
        if (reason != null) {
            throw new StoppedException(reason);
        }
    }

    /**
     * Has the action run when the attempt is stopped; at once when it already is. Undone by closing
     * what is returned.
     */
    public Registration onStop(Runnable action) {
        boolean late;
        synchronized (this) {
            late = stopReason != null;
            stopActions.add(action);
        }
        if (late) {
            action.run();
        }
        return () -> {
            synchronized (this) {
                stopActions.remove(action);
            }
        };
    }

    /** Something that holds until it is closed. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Tells the phase that begins. */
    public void phase(String phase, String message) {
        checkpoint();
        report(Progress.of(phase, message));
        reportedAt = System.nanoTime();
    }

    /** Tells how far the phase is; at most twice a second, what comes in between is passed over. */
    public void progress(Progress progress) {
        long now = System.nanoTime();
        if (now - reportedAt >= REPORT_AT_MOST_EVERY.toNanos()) {
            reportedAt = now;
            report(progress);
        }
    }

    private void report(Progress progress) {
        try {
            if (!queue.report(lease(), progress)) {
                stop(StopReason.LEASE_LOST);
            }
        } catch (SqlFailure e) {
            // progress is a courtesy; the lease is kept, or lost, by the heartbeat
            LOG.debugf("job %s: progress not written: %s", jobId(), e.getMessage());
        }
    }

    /** Keeps a line that a tool said, without secrets. */
    public synchronized void log(String line) {
        if (logLines++ >= LOG_LINES_AT_MOST) {
            return;
        }
        String clean = redaction.apply(line).replace("\0", "");
        try {
            log.append(jobId(), lease().attempt(), List.of(clean));
        } catch (SqlFailure e) {
            LOG.infof("job %s: %s", jobId(), clean);
        }
    }

    /** Takes the configured secrets out of a text. */
    public String redact(String text) {
        return redaction.apply(text);
    }

    /**
     * Ends the job with success; see {@link JobQueue#succeed}.
     *
     * @throws StoppedException when the job was cancelled or lost in the meantime; then nothing is
     *     published
     * @throws SqlFailure when the database failed; {@link SqlFailure#isOutcomeUnknown} tells
     *     whether it may hold all the same
     */
    public void succeed(Function<Session, ? extends JobResult> publish) {
        checkpoint();
        switch (queue.succeed(lease(), publish)) {
            case DONE -> {
                synchronized (this) {
                    published = true;
                }
            }
            case CANCEL_REQUESTED -> stopHere(StopReason.CANCELLED);
            case LEASE_LOST -> stopHere(StopReason.LEASE_LOST);
        }
    }

    public boolean reserve(String file) {
        try {
            return queue.reserve(lease(), file);
        } catch (LeaseLostException e) {
            stopHere(StopReason.LEASE_LOST);
            return false;
        }
    }

    private void stopHere(StopReason reason) {
        stop(reason);
        checkpoint();
    }
}
