package org.lifeos.backup.job;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.Optional;

/** Make the catalogue equal to the backup folder. */
// without an annotation Jackson takes a type without fields for a mistake
@JsonSerialize
public record CatalogScanRequest() implements JobRequest {
    private static final String THE_CATALOGUE = "catalogue";

    @Override
    public JobType type() {
        return JobType.CATALOG_SCAN;
    }

    /** It looks at the files of all targets. */
    @Override
    public Optional<String> target() {
        return Optional.empty();
    }

    @Override
    public Optional<String> exclusiveKey() {
        return Optional.of(THE_CATALOGUE);
    }
}
