package org.lifeos.backup.job;

import java.util.Optional;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.VerificationLevel;

/**
 * Take a backup of a target.
 *
 * @param label part of the file name, or null
 * @param reason why the caller wants it, or null
 * @param verify how far the job itself proves the backup before it succeeds
 */
public record BackupRequest(
        String targetName,
        BackupKind kind,
        String label,
        String reason,
        BackupFormat format,
        boolean pinned,
        VerificationLevel verify)
        implements JobRequest {

    @Override
    public JobType type() {
        return JobType.POSTGRES_BACKUP;
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
