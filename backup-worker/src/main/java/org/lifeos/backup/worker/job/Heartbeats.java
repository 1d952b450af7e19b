package org.lifeos.backup.worker.job;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.sql.SqlFailure;

/** Keeps the leases of all running attempts, and tells those that lost theirs or were cancelled. */
public final class Heartbeats {
    private static final Logger LOG = Logger.getLogger(Heartbeats.class);

    private final JobQueue queue;
    private final Map<UUID, Attempt> attempts = new ConcurrentHashMap<>();
    private volatile StopReason everythingStops;

    public Heartbeats(JobQueue queue) {
        this.queue = queue;
    }

    /** How often {@link #beat} has to be called for a lease of this length. */
    public static Duration interval(Duration lease) {
        return lease.dividedBy(3);
    }

    /** Keeps the attempt's lease until the answer is closed. */
    public Attempt.Registration keep(Attempt attempt) {
        UUID token = attempt.lease().token();
        attempts.put(token, attempt);
        if (everythingStops != null) {
            attempt.stop(everythingStops);
        }
        return () -> attempts.remove(token);
    }

    /** Stops every attempt that runs, and those that come too late. */
    public void stopAll(StopReason reason) {
        everythingStops = reason;
        attempts.values().forEach(attempt -> attempt.stop(reason));
    }

    /** Prolongs every lease once. */
    public void beat() {
        attempts.values().forEach(this::beat);
    }

    /** Prolongs the lease of a job at once, because somebody says that there is news about it. */
    public void beat(UUID jobId) {
        attempts.values().stream()
                .filter(attempt -> attempt.jobId().equals(jobId))
                .forEach(this::beat);
    }

    /** Writes what the attempts told since the last time. */
    public void report() {
        attempts.values().forEach(Attempt::flush);
    }

    private void beat(Attempt attempt) {
        try {
            switch (queue.heartbeat(attempt.lease())) {
                case ALIVE -> {}
                case CANCEL_REQUESTED -> attempt.stop(StopReason.CANCELLED);
                case LOST -> {
                    if (attempts.containsKey(attempt.lease().token())) {
                        attempt.stop(StopReason.LEASE_LOST);
                    }
                }
            }
        } catch (SqlFailure e) {
            // the work goes on: whether the lease still holds is asked again, at the latest when
            // the result is published
            LOG.warnf("heartbeat of job %s not written: %s", attempt.jobId(), e.getMessage());
        }
    }
}
