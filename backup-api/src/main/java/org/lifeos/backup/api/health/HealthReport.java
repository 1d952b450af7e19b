package org.lifeos.backup.api.health;

import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * How everything stands: the worst of all checks, and each of them.
 *
 * @param checkedAt when this was looked at; nothing in it is older
 */
@Schema(name = "Health")
public record HealthReport(HealthStatus status, Instant checkedAt, List<Check> checks) {

    /**
     * One check.
     *
     * @param observed the value that was judged, as text; null where there is none
     * @param threshold what it was judged by
     * @param since when it came to this status
     * @param hint what to do next; null where nothing is to do
     */
    @Schema(name = "HealthCheck")
    public record Check(
            String id,
            HealthStatus status,
            String summary,
            String observed,
            String threshold,
            Instant since,
            String hint) {}
}
