package org.lifeos.backup.api.audit;

import java.time.Instant;
import java.util.UUID;

/**
 * A call that changed something or was refused, as it is kept.
 *
 * @param token the name of the caller's token
 * @param remote the address that it came from
 * @param status of the answer; 202 for an accepted job, however it ends
 * @param code of the problem; null where it was none
 * @param jobId the job that it started or changed, or null
 */
public record AuditEntry(
        long id,
        Instant at,
        String token,
        String role,
        String remote,
        String method,
        String path,
        int status,
        String code,
        UUID jobId) {}
