package org.lifeos.backup.catalog;

import java.time.Instant;

/** The last proof of a backup. {@code outcome} is {@code PASSED} or {@code FAILED}. */
public record Verification(VerificationLevel level, Outcome outcome, Instant at) {
    public enum Outcome {
        PASSED,
        FAILED
    }
}
