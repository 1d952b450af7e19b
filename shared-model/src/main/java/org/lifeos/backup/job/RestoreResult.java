package org.lifeos.backup.job;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A restored database.
 *
 * @param database the name that holds it
 * @param previousDatabase the name that now holds what was there before; null where nothing was
 * @param rollbackUntil when the previous database is removed; null where there is none
 * @param safetyBackupId the backup of what was there before; null where there is none
 * @param tables how many tables with rows of their own came back
 * @param rows how many rows these tables have together
 * @param verified whether the restored content was read back and equals the backup's
 * @param createdRoles roles that the server lacked and the restore made
 * @param errors what failed and was tolerated, the first hundred; empty for a whole restore
 */
public record RestoreResult(
        String database,
        String previousDatabase,
        Instant rollbackUntil,
        UUID safetyBackupId,
        int tables,
        long rows,
        boolean verified,
        List<String> createdRoles,
        List<String> errors)
        implements JobResult {

    public RestoreResult {
        createdRoles = createdRoles == null ? List.of() : List.copyOf(createdRoles);
        errors = errors == null ? List.of() : List.copyOf(errors);
    }
}
