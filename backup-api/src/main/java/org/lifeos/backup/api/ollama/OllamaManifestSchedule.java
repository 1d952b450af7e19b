package org.lifeos.backup.api.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.OllamaManifestRequest;

/** Saves the list of models at times of its own: they come and go without the service's doing. */
@ApplicationScoped
public class OllamaManifestSchedule implements SchedulableJob {
    private final RequestBodies bodies;

    OllamaManifestSchedule(RequestBodies bodies) {
        this.bodies = bodies;
    }

    @Override
    public JobType type() {
        return JobType.OLLAMA_MANIFEST;
    }

    @Override
    public ScheduledWork work(JsonNode parameters) {
        bodies.read(parameters, OllamaResource.OllamaManifestBody.class);
        return ScheduledWork.of(new OllamaManifestRequest(), null);
    }
}
