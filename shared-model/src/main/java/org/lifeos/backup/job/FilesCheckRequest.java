package org.lifeos.backup.job;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.Optional;

/** Compare the synced folders with their mirror. */
// without an annotation Jackson takes a type without fields for a mistake
@JsonSerialize
public record FilesCheckRequest() implements JobRequest {

    @Override
    public JobType type() {
        return JobType.FILES_CHECK;
    }

    @Override
    public Optional<String> target() {
        return Optional.empty();
    }

    /** Two at once would only take twice as long. No target can be called so. */
    @Override
    public Optional<String> exclusiveKey() {
        return Optional.of("files/check");
    }
}
