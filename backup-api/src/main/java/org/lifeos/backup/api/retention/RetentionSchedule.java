package org.lifeos.backup.api.retention;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.RetentionRequest;

/** Retention at times of its own, beside the runs that follow scheduled backups. */
@ApplicationScoped
public class RetentionSchedule implements SchedulableJob {
    private final RequestBodies bodies;
    private final ApiSettings settings;

    RetentionSchedule(RequestBodies bodies, ApiSettings settings) {
        this.bodies = bodies;
        this.settings = settings;
    }

    @Override
    public JobType type() {
        return JobType.RETENTION;
    }

    @Override
    public ScheduledWork work(JsonNode parameters) {
        RetentionRequest request =
                bodies.read(parameters, RetentionBody.class).toRequest(settings.targets());
        return new ScheduledWork(request, null, RetentionBody.role(request, settings.retention()));
    }
}
