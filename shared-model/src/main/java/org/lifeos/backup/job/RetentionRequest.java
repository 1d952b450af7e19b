package org.lifeos.backup.job;

import java.util.Optional;

/**
 * Remove the backups of a target that its policy does not keep.
 *
 * @param keepDays for this run only; null for the worker's configured policy
 * @param dryRun only tell which they are
 */
public record RetentionRequest(String targetName, Integer keepDays, boolean dryRun)
        implements JobRequest {

    @Override
    public JobType type() {
        return JobType.RETENTION;
    }

    @Override
    public Optional<String> target() {
        return Optional.of(targetName);
    }

    @Override
    public Optional<String> exclusiveKey() {
        return dryRun ? Optional.empty() : Optional.of("retention/" + targetName);
    }
}
