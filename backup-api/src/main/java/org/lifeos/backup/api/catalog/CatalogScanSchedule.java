package org.lifeos.backup.api.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.job.CatalogScanRequest;
import org.lifeos.backup.job.JobType;

/** Scans at times of their own: files come and go without the service's doing. */
@ApplicationScoped
public class CatalogScanSchedule implements SchedulableJob {
    private final RequestBodies bodies;

    CatalogScanSchedule(RequestBodies bodies) {
        this.bodies = bodies;
    }

    @Override
    public JobType type() {
        return JobType.CATALOG_SCAN;
    }

    @Override
    public ScheduledWork work(JsonNode parameters) {
        bodies.read(parameters, CatalogResource.CatalogScanBody.class);
        return ScheduledWork.of(new CatalogScanRequest(), null);
    }
}
