package org.lifeos.backup.worker.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
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

    /** How long a finished result waits for a database that is away. */
    private static final Duration PUBLISH_PATIENCE = Duration.ofMinutes(2);

    private static final Duration PUBLISH_AGAIN_AFTER = Duration.ofSeconds(1);

    private volatile LeasedJob job;
    private final JobQueue queue;
    private final AttemptReport report;
    private volatile Redaction redaction;
    private final List<Runnable> stopActions = new ArrayList<>();
    private StopReason stopReason;
    private boolean published;

    public Attempt(LeasedJob job, JobQueue queue, JobLog log, Redaction redaction) {
        this.job = job;
        this.queue = queue;
        this.report = new AttemptReport(job.lease(), queue, log);
        this.redaction = redaction;
    }

    /** The job, with the name that this attempt has reserved. */
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
        report.progress(() -> Progress.of(phase, message));
        flush();
    }

    /** Tells how far the phase is; costs nothing and never waits. */
    public void progress(Progress progress) {
        report.progress(() -> progress);
    }

    /**
     * As {@link #progress(Progress)} for what is told with each buffer: put into words only when it
     * is written, by another thread.
     */
    public void progress(Supplier<Progress> progress) {
        report.progress(progress);
    }

    /** Keeps a line that a tool said, without secrets. */
    public void log(String line) {
        report.line(redaction.apply(line));
    }

    /** Writes what was told. */
    void flush() {
        try {
            if (!report.flush()) {
                stop(StopReason.LEASE_LOST);
            }
        } catch (SqlFailure e) {
            // progress is a courtesy; the lease is kept, or lost, by the heartbeat
            LOG.debugf("job %s: progress not written: %s", jobId(), e.getMessage());
        }
    }

    /** Takes secrets that the work came by out of all that is said from now on. */
    public synchronized void conceal(Collection<String> secrets) {
        redaction = redaction.and(secrets);
    }

    /** Takes the configured secrets, and those that were concealed, out of a text. */
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
        long end = System.nanoTime() + PUBLISH_PATIENCE.toNanos();
        AtomicBoolean begun = new AtomicBoolean();
        Function<Session, JobResult> noted =
                session -> {
                    begun.set(true);
                    return publish.apply(session);
                };
        while (true) {
            checkpoint();
            try {
                finish(queue.succeed(lease(), noted));
                return;
            } catch (SqlFailure e) {
                // nothing happened yet: the work of hours is not thrown away because the database
                // restarts
                if (begun.get() || !e.isUnavailable() || System.nanoTime() > end) {
                    throw e;
                }
                LOG.infof(
                        "job %s: waiting for the service database to publish: %s",
                        jobId(), e.getMessage());
                LockSupport.parkNanos(PUBLISH_AGAIN_AFTER.toNanos());
            }
        }
    }

    /**
     * As {@link #succeed}, for work that others see before the job's row says so.
     *
     * @param makeVisible shows the work to the world, wholly or not at all
     * @param record writes what was shown, and returns the job's result
     * @throws OutcomeUnknownException when it is visible, and whether the row says so is not known
     */
    public <V> void publish(
            Supplier<V> makeVisible, BiFunction<Session, V, ? extends JobResult> record)
            throws OutcomeUnknownException {
        AtomicBoolean visible = new AtomicBoolean();
        try {
            succeed(session -> {
                V shown = makeVisible.get();
                visible.set(true);
                return record.apply(session, shown);
            });
        } catch (SqlFailure e) {
            if (visible.get() && e.isUnavailable()) {
                throw new OutcomeUnknownException(e);
            }
            throw e;
        }
    }

    /**
     * Ends the job with success, because its result is out in the world already, whatever was asked
     * meanwhile.
     */
    public void finish(JobResult result) {
        if (queue.finish(lease(), result)) {
            synchronized (this) {
                published = true;
            }
        } else {
            stopHere(StopReason.LEASE_LOST);
        }
    }

    private void finish(JobQueue.Publish outcome) {
        switch (outcome) {
            case DONE -> {
                synchronized (this) {
                    published = true;
                }
            }
            case CANCEL_REQUESTED -> stopHere(StopReason.CANCELLED);
            case LEASE_LOST -> stopHere(StopReason.LEASE_LOST);
        }
    }

    /**
     * Asks the database whether the lease is ours, and prolongs it if so. False also when it cannot
     * be asked.
     */
    public boolean stillHolds() {
        try {
            return queue.heartbeat(lease()) != JobQueue.Heartbeat.LOST;
        } catch (SqlFailure e) {
            return false;
        }
    }

    /**
     * Does a part of the work that only the holder of the lease may do, in a transaction of its
     * own; see {@link JobQueue#underLease}.
     *
     * @throws StoppedException when the lease is lost; then nothing is done
     */
    public <T> T step(Function<Session, T> work) {
        try {
            return queue.underLease(lease(), work);
        } catch (LeaseLostException e) {
            stop(StopReason.LEASE_LOST);
            throw new StoppedException(StopReason.LEASE_LOST);
        }
    }

    /** As {@link #step}, for what happens outside of the database. */
    public void whileHeld(Runnable work) {
        step(_ -> {
            work.run();
            return true;
        });
    }

    public boolean reserve(String file) {
        try {
            if (!queue.reserve(lease(), file)) {
                return false;
            }
            job = job.withFile(file);
            return true;
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
