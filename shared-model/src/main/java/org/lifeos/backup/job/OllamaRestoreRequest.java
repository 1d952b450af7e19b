package org.lifeos.backup.job;

import java.util.List;
import java.util.Optional;

/**
 * Pull the models of a manifest again.
 *
 * @param models names of those that are wanted; empty for all of the manifest
 * @param manifest file name of a kept manifest; null for the current one
 * @param dryRun only tell what would be pulled
 * @param force also pull those that are there as they were saved
 */
public record OllamaRestoreRequest(
        List<String> models, String manifest, boolean dryRun, boolean force) implements JobRequest {
    /** No target can be called so. */
    static final String THE_MODELS = "ollama/models";

    public OllamaRestoreRequest {
        models = models == null ? List.of() : List.copyOf(models);
    }

    @Override
    public JobType type() {
        return JobType.OLLAMA_RESTORE;
    }

    @Override
    public Optional<String> target() {
        return Optional.empty();
    }

    @Override
    public Optional<String> exclusiveKey() {
        return dryRun ? Optional.empty() : Optional.of(THE_MODELS);
    }
}
