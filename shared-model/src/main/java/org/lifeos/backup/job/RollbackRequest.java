package org.lifeos.backup.job;

import java.util.Optional;
import java.util.UUID;

/**
 * Put back what a restore by swap replaced.
 *
 * @param restoreId the job of that restore
 * @param database the name that will answer with the former content again
 */
public record RollbackRequest(UUID restoreId, String targetName, String database)
        implements JobRequest {

    @Override
    public JobType type() {
        return JobType.POSTGRES_ROLLBACK;
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
