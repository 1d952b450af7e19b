package org.lifeos.backup.job;

import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.catalog.VerificationLevel;

/** Prove a stored backup. */
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
        return Optional.of("backup/" + backupId);
    }
}
