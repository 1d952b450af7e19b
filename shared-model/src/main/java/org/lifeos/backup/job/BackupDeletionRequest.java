package org.lifeos.backup.job;

import java.util.Optional;
import java.util.UUID;

/** Remove a backup's files. */
public record BackupDeletionRequest(UUID backupId, String targetName) implements JobRequest {

    @Override
    public JobType type() {
        return JobType.BACKUP_DELETION;
    }

    @Override
    public Optional<String> target() {
        return Optional.of(targetName);
    }

    @Override
    public Optional<String> exclusiveKey() {
        return Optional.of("backup/" + backupId);
    }
}
