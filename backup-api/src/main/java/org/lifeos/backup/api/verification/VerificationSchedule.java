package org.lifeos.backup.api.verification;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.validation.constraints.Pattern;
import org.lifeos.backup.api.backup.BackupFinder;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.api.target.KnownTarget;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.VerificationRequest;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;

/** Proving a backup by schedule, by default the newest good one of a target. */
@ApplicationScoped
public class VerificationSchedule implements SchedulableJob {
    private final RequestBodies bodies;
    private final TargetNames targets;
    private final BackupFinder backups;

    VerificationSchedule(RequestBodies bodies, TargetNames targets, BackupFinder backups) {
        this.bodies = bodies;
        this.targets = targets;
        this.backups = backups;
    }

    /**
     * The parameters of such a schedule: what the body of a verification says, and what its path
     * says.
     *
     * @param backup an id, or {@code latest}, as by default; which one that is is seen when the job
     *     runs
     */
    public record Parameters(
            String backup,
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
                wanted.backup() == null || wanted.backup().equals(BackupFinder.LATEST)
                        ? new VerificationRequest(
                                null, KnownTarget.of(targets, wanted.target()), level)
                        : ofOne(wanted, level),
                null);
    }

    private VerificationRequest ofOne(Parameters wanted, VerificationLevel level) {
        Backup backup = backups.find(wanted.backup()).orElseThrow(() -> noBackup(wanted.backup()));
        if (wanted.target() != null
                && !backup.target().equals(KnownTarget.of(targets, wanted.target()))) {
            throw ProblemException.field(
                    "target",
                    "must be left away or '%s', whose backup it is.".formatted(backup.target()));
        }
        return new VerificationRequest(backup.id(), backup.target(), level);
    }

    private static ProblemException noBackup(String id) {
        return ProblemException.field(
                "backup",
                "must be 'latest' or the id of a backup that is there, not '%s'."
                        .formatted(Fields.shown(id)));
    }
}
