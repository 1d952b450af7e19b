package org.lifeos.backup.job;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.Optional;

/** Write down which models Ollama has. */
// without an annotation Jackson takes a type without fields for a mistake
@JsonSerialize
public record OllamaManifestRequest() implements JobRequest {

    @Override
    public JobType type() {
        return JobType.OLLAMA_MANIFEST;
    }

    @Override
    public Optional<String> target() {
        return Optional.empty();
    }

    /** Never while a re-pull is under way: half of the models would be missing. */
    @Override
    public Optional<String> exclusiveKey() {
        return Optional.of(OllamaRestoreRequest.THE_MODELS);
    }
}
