package org.lifeos.backup.job;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.Optional;

/** Look whether all code is committed and pushed. */
// without an annotation Jackson takes a type without fields for a mistake
@JsonSerialize
public record CodeCheckRequest() implements JobRequest {
    @Override
    public JobType type() {
        return JobType.CODE_CHECK;
    }

    @Override
    public Optional<String> target() {
        return Optional.empty();
    }

    /** It only reads. */
    @Override
    public Optional<String> exclusiveKey() {
        return Optional.empty();
    }
}
