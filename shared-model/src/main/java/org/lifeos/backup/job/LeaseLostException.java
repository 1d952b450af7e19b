package org.lifeos.backup.job;

/**
 * Another worker has taken the job over. Whoever gets this stops, cleans up what is its own, and
 * publishes nothing.
 */
public final class LeaseLostException extends Exception {
    private static final long serialVersionUID = 1L;

    public LeaseLostException(Lease lease) {
        super(
                "the lease on attempt %d of job %s is lost"
                        .formatted(lease.attempt(), lease.jobId()));
    }
}
