package org.lifeos.backup.api.backup;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.target.TargetNames;

/** Backups that are taken by themselves: they follow the retention of scheduled ones. */
@ApplicationScoped
public class BackupSchedule implements SchedulableJob {
    private final RequestBodies bodies;
    private final TargetNames targets;

    BackupSchedule(RequestBodies bodies, TargetNames targets) {
        this.bodies = bodies;
        this.targets = targets;
    }

    @Override
    public JobType type() {
        return JobType.POSTGRES_BACKUP;
    }

    @Override
    public ScheduledWork work(JsonNode parameters) {
        BackupBody body = bodies.read(parameters, BackupBody.class);
        return ScheduledWork.of(body.toRequest(targets, BackupKind.SCHEDULED), body.reason());
    }
}
