package org.lifeos.backup.api.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.problem.ProblemException;

/** The body of {@code PUT /schedules/{name}}: what is left away gets its default. */
@Schema(name = "ScheduleRequest")
public record ScheduleBody(
        @Schema(
                        description = "Five fields: minute, hour, day of month, month, day of week",
                        required = true,
                        examples = "0 3 * * *")
                @NotNull(message = "must be given")
                String cron,
        @Schema(
                        description = "The time zone of cron; without it, that of the service (TZ)",
                        examples = "Europe/Berlin")
                String zone,
        @Schema(description = "The job's type", required = true, examples = "postgres-backup")
                @NotNull(message = "must be given")
                String type,
        @Schema(
                        description = "The body of the job's own POST",
                        type = SchemaType.OBJECT,
                        implementation = Object.class,
                        examples = "{\"target\": \"lifeos\"}")
                JsonNode parameters,
        @Schema(description = "A disabled schedule is run by hand alone", defaultValue = "true")
                Boolean enabled,
        @Schema(
                        description =
                                "A run that was missed while the service was down happens if it is not later than this",
                        defaultValue = "86400")
                @Min(value = 0, message = CATCH_UP)
                @Max(value = LONGEST_CATCH_UP, message = CATCH_UP)
                Integer catchUpSeconds) {
    private static final int LONGEST_CATCH_UP = 31_622_400;
    private static final String CATCH_UP = "must be a whole number from 0 to 31622400, a year";
    private static final int USUAL_CATCH_UP = 86_400;
    private static final int LONGEST_CRON = 200;

    /**
     * @throws ProblemException when a field is wrong; the detail names it
     */
    Schedules.Change toChange(SchedulableJobs jobs) {
        requireZone();
        requireCron();
        JsonNode body =
                parameters == null || parameters.isNull()
                        ? JsonNodeFactory.instance.objectNode()
                        : parameters;
        if (!body.isObject()) {
            throw ProblemException.field("parameters", "must be an object, the job's body.");
        }
        jobs.work(type, body);
        return new Schedules.Change(
                cron,
                zone,
                type,
                body,
                !Boolean.FALSE.equals(enabled),
                catchUpSeconds == null ? USUAL_CATCH_UP : catchUpSeconds);
    }

    private void requireZone() {
        try {
            if (zone != null) {
                ZoneId.of(zone);
            }
        } catch (DateTimeException e) {
            throw ProblemException.field(
                    "zone",
                    "must be the name of a time zone like Europe/Berlin, not '%s'."
                            .formatted(Fields.shown(zone)));
        }
    }

    private void requireCron() {
        try {
            if (cron.length() <= LONGEST_CRON && comesEver(CronExpression.parse(cron))) {
                return;
            }
        } catch (IllegalArgumentException e) {
            throw ProblemException.field(
                    "cron",
                    "must be five fields like '0 3 * * *', not '%s': %s."
                            .formatted(Fields.shown(cron), Fields.shown(e.getMessage())));
        }
        throw ProblemException.field(
                "cron", "must be of a date that comes, not '%s'.".formatted(Fields.shown(cron)));
    }

    private static boolean comesEver(CronExpression cron) {
        return new DueTimes(cron, ZoneOffset.UTC).next(Instant.EPOCH).isPresent();
    }
}
