package org.lifeos.backup.job;

import java.util.Optional;
import java.util.UUID;

/**
 * Restore a backup on a target's server.
 *
 * @param database the name of the database that will hold the result
 * @param tolerateErrors whether statements that fail are listed instead of ending the restore
 */
public record RestoreRequest(
        UUID backupId, String targetName, RestoreMode mode, String database, boolean tolerateErrors)
        implements JobRequest {

    @Override
    public JobType type() {
        return JobType.POSTGRES_RESTORE;
    }

    @Override
    public Optional<String> target() {
        return Optional.of(targetName);
    }

    @Override
    public Optional<String> exclusiveKey() {
        return Optional.of("target/" + targetName);
    }
}
