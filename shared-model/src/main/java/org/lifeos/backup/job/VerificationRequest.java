package org.lifeos.backup.job;

import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.catalog.VerificationLevel;

/**
 * Prove a stored backup.
 *
 * @param backupId null for the target's newest good one when the job runs
 */
public record VerificationRequest(UUID backupId, String targetName, VerificationLevel level)
        implements JobRequest {

    @Override
    public JobType type() {
        return JobType.BACKUP_VERIFICATION;
    }

    @Override
    public Optional<String> target() {
        return Optional.of(targetName);
    }

    @Override
    public Optional<String> exclusiveKey() {
        return Optional.of(backupId == null ? "latest-backup/" + targetName : "backup/" + backupId);
    }
}
