package org.lifeos.backup.job;

import java.time.Instant;
import java.util.UUID;

/**
 * A job as callers see it: the truth about one piece of work. Null where something is not known yet
 * or does not apply.
 */
public record Job(
        UUID id,
        JobType type,
        JobState state,
        String target,
        String requestedBy,
        String reason,
        int attempt,
        int maxAttempts,
        Instant createdAt,
        Instant startedAt,
        Instant finishedAt,
        Progress progress,
        JobResult result,
        Failure failure,
        String worker) {}
