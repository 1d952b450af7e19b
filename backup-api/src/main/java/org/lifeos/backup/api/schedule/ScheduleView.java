package org.lifeos.backup.api.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A schedule as callers see it.
 *
 * @param zone the one that counts, also where none was given
 * @param nextFireAt null while it is disabled
 * @param lastFireAt when its last job was started, by time or by hand; null before the first
 * @param lastJobId that job
 */
@Schema(name = "Schedule")
public record ScheduleView(
        String name,
        String cron,
        String zone,
        String type,
        @Schema(type = SchemaType.OBJECT, implementation = Object.class) JsonNode parameters,
        boolean enabled,
        long catchUpSeconds,
        Instant createdAt,
        Instant nextFireAt,
        Instant lastFireAt,
        UUID lastJobId) {

    static ScheduleView of(Schedule schedule, ZoneId service, Instant now) {
        return new ScheduleView(
                schedule.name(),
                schedule.cron(),
                schedule.zone() == null ? service.getId() : schedule.zone(),
                schedule.type(),
                schedule.parameters(),
                schedule.enabled(),
                schedule.catchUp().toSeconds(),
                schedule.createdAt(),
                next(schedule, service, now),
                schedule.lastFireAt(),
                schedule.lastJobId());
    }

    /** A zone or an expression that this version cannot read must not hide the other schedules. */
    private static Instant next(Schedule schedule, ZoneId service, Instant now) {
        try {
            return schedule.next(service, now).orElse(null);
        } catch (DateTimeException | IllegalArgumentException e) {
            return null;
        }
    }
}
