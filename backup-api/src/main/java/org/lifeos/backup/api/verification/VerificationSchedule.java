package org.lifeos.backup.api.verification;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.validation.constraints.Pattern;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.api.target.KnownTarget;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.VerificationRequest;
import org.lifeos.backup.target.TargetNames;

/** Proving the newest good backup of a target by schedule. */
@ApplicationScoped
public class VerificationSchedule implements SchedulableJob {
    private final RequestBodies bodies;
    private final TargetNames targets;

    VerificationSchedule(RequestBodies bodies, TargetNames targets) {
        this.bodies = bodies;
        this.targets = targets;
    }

    /** The parameters of such a schedule; which backup is the latest is seen when the job runs. */
    public record Parameters(
            String target,
            @Pattern(
                            regexp = "checksum|content|restore",
                            message = "must be checksum, content or restore")
                    String level) {}

    @Override
    public JobType type() {
        return JobType.BACKUP_VERIFICATION;
    }

    @Override
    public ScheduledWork work(JsonNode parameters) {
        Parameters wanted = bodies.read(parameters, Parameters.class);
        VerificationLevel level = new VerificationBody(wanted.level()).wanted();
        return ScheduledWork.of(
                new VerificationRequest(null, KnownTarget.of(targets, wanted.target()), level),
                null);
    }
}
