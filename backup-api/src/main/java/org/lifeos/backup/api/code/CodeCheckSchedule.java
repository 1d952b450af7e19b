package org.lifeos.backup.api.code;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.job.CodeCheckRequest;
import org.lifeos.backup.job.JobType;

/** Looks at times of its own: nobody remembers a push that was forgotten. */
@ApplicationScoped
public class CodeCheckSchedule implements SchedulableJob {
    private final RequestBodies bodies;

    CodeCheckSchedule(RequestBodies bodies) {
        this.bodies = bodies;
    }

    @Override
    public JobType type() {
        return JobType.CODE_CHECK;
    }

    @Override
    public ScheduledWork work(JsonNode parameters) {
        bodies.read(parameters, CodeResource.CodeCheckBody.class);
        return ScheduledWork.of(new CodeCheckRequest(), null);
    }
}
