package org.lifeos.backup.job;

import java.util.UUID;

/**
 * A request for a job, with who asks.
 *
 * @param id the job's id, if it becomes a job of its own
 * @param requestedBy a token's name, {@code schedule:NAME} or {@code after:JOBID}
 */
public record Submission(UUID id, JobRequest request, String requestedBy, String reason) {}
