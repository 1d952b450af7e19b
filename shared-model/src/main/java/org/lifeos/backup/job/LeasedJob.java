package org.lifeos.backup.job;

import java.util.Objects;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * A job together with the lease under which it is worked on.
 *
 * @param requestJson as it was recorded; another version may have done that, see {@link #request}
 * @param file the name that the job's first attempt reserved for the dump, or null
 * @param cancelRequested whether somebody asked for its end
 */
public record LeasedJob(
        Job job, String requestJson, Lease lease, String file, boolean cancelRequested) {

    /**
     * What the job is to do.
     *
     * @throws ProblemException when this version cannot read it
     */
    public JobRequest request() {
        try {
            JobRequest request = JobRequest.read(job.type(), requestJson);
            if (Objects.equals(request.target().orElse(null), job.target())) {
                return request;
            }
        } catch (IllegalStateException | NullPointerException e) {
            throw unreadable(e);
        }
        throw unreadable(null);
    }

    private ProblemException unreadable(RuntimeException cause) {
        return new ProblemException(
                ProblemCode.INTERNAL_WORKER_ERROR,
                "This version of the worker cannot read the request of the %s job; another version recorded it."
                        .formatted(job.type().code()),
                cause);
    }

    /** The same with the name that was reserved meanwhile. */
    public LeasedJob withFile(String reserved) {
        return new LeasedJob(job, requestJson, lease, reserved, cancelRequested);
    }

    /** Whether another attempt may follow this one. */
    public boolean mayBeTriedAgain() {
        return job.attempt() < job.maxAttempts();
    }

    @Override
    public String toString() {
        return "%s job %s, attempt %d: %s"
                .formatted(job.type().code(), job.id(), job.attempt(), requestJson);
    }
}
