package org.lifeos.backup.api.retention;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.target.KnownTarget;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.RetentionRequest;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.target.TargetNames;

/** The body of {@code POST /retention/runs}; every field may be left away. */
@Schema(name = "RetentionRequest")
public record RetentionBody(
        @Schema(
                        description = "The database whose backups are looked at",
                        defaultValue = "lifeos",
                        examples = "lifeos")
                String target,
        @Schema(description = "Only tell what would be removed", defaultValue = "false")
                Boolean dryRun,
        @Schema(
                        description =
                                "For this run only; below the configured days this needs the role admin, unless dryRun",
                        examples = "7")
                @Min(value = 1, message = MESSAGE)
                @Max(value = RetentionPolicy.LONGEST_DAYS, message = MESSAGE)
                Integer keepDays) {
    private static final String MESSAGE = "must be a whole number from 1 to 36500";

    RetentionRequest toRequest(TargetNames targets) {
        return new RetentionRequest(
                KnownTarget.of(targets, target), keepDays, Boolean.TRUE.equals(dryRun));
    }

    /** The least role that may ask for it: to remove more than configured is an admin's right. */
    static Role role(RetentionRequest request, RetentionPolicy configured) {
        boolean removesMore =
                request.keepDays() != null && request.keepDays() < configured.keepDays();
        return removesMore && !request.dryRun() ? Role.ADMIN : JobType.RETENTION.role();
    }
}
