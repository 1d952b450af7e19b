package org.lifeos.backup.api.health;

import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What of life-os is protected, how, and how old what would come back is. */
@Schema(name = "Coverage")
public record CoverageReport(Instant checkedAt, List<Item> items) {

    /** How far a thing is protected. */
    @Schema(name = "CoverageState")
    public enum State {
        /** It was seen that a copy is there and fresh. */
        PROTECTED,
        /** There may be a copy; nobody has seen it lately, or it is too old. */
        UNPROVEN,
        /** There is none. */
        UNPROTECTED,
        /** Not backed up, because it need not be. */
        NOT_ON_PURPOSE
    }

    /**
     * One thing.
     *
     * @param protection how it is protected
     * @param recoveryPointAt what would come back is as it was then; null where that is not known
     * @param recoveryPointAgeSeconds how long ago that is
     * @param detail why the state is what it is
     */
    @Schema(name = "CoverageItem")
    public record Item(
            String what,
            State state,
            String protection,
            Instant recoveryPointAt,
            Long recoveryPointAgeSeconds,
            String detail) {}
}
