package org.lifeos.backup.job;

import java.util.Optional;
import java.util.UUID;

/**
 * Write into a backup's manifest what its catalogue row says: somebody pinned it, or gave it
 * another reason.
 */
public record ManifestUpdateRequest(UUID backupId, String targetName) implements JobRequest {

    @Override
    public JobType type() {
        return JobType.MANIFEST_UPDATE;
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
