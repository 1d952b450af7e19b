package org.lifeos.backup.job;

import org.lifeos.backup.json.Json;

/**
 * A job together with the lease under which it is worked on.
 *
 * @param file the name that the job's first attempt reserved for the dump, or null
 * @param cancelRequested whether somebody asked for its end
 */
public record LeasedJob(
        Job job, JobRequest request, Lease lease, String file, boolean cancelRequested) {

    /** Whether another attempt may follow this one. */
    public boolean mayBeTriedAgain() {
        return job.attempt() < job.maxAttempts();
    }

    @Override
    public String toString() {
        return "%s job %s, attempt %d: %s"
                .formatted(job.type().code(), job.id(), job.attempt(), Json.write(request));
    }
}
