package org.lifeos.backup.api.files;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.job.FilesCheckRequest;
import org.lifeos.backup.job.JobType;

/** Looks at times of its own: a sync that has stopped tells nobody. */
@ApplicationScoped
public class FilesCheckSchedule implements SchedulableJob {
    private final RequestBodies bodies;

    FilesCheckSchedule(RequestBodies bodies) {
        this.bodies = bodies;
    }

    @Override
    public JobType type() {
        return JobType.FILES_CHECK;
    }

    @Override
    public ScheduledWork work(JsonNode parameters) {
        bodies.read(parameters, FilesResource.FilesCheckBody.class);
        return ScheduledWork.of(new FilesCheckRequest(), null);
    }
}
