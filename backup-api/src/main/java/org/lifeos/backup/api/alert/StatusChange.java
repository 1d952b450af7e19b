package org.lifeos.backup.api.alert;

import java.time.Instant;
import org.lifeos.backup.api.health.HealthStatus;

/**
 * A check came to another status.
 *
 * @param before null where the check is new
 * @param hint what to do next, or null
 */
public record StatusChange(
        String check,
        HealthStatus before,
        HealthStatus status,
        String summary,
        String observed,
        String threshold,
        Instant at,
        String hint) {

    /** One line for people. */
    String title() {
        String was = before == null ? "" : " (was %s)".formatted(before);
        return "%s: %s%s".formatted(status, check, was);
    }
}
