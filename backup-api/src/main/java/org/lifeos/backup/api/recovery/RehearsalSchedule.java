package org.lifeos.backup.api.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.api.schedule.SchedulableJob;
import org.lifeos.backup.api.schedule.ScheduledWork;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.RecoveryRequest;
import org.lifeos.backup.problem.ProblemException;

/** Rehearses recoveries at times of its own. A real one is for people to ask for. */
@ApplicationScoped
public class RehearsalSchedule implements SchedulableJob {
    private final RequestBodies bodies;

    RehearsalSchedule(RequestBodies bodies) {
        this.bodies = bodies;
    }

    @Override
    public JobType type() {
        return JobType.RECOVERY;
    }

    @Override
    public ScheduledWork work(JsonNode parameters) {
        RecoveryRequest request = bodies.read(parameters, RecoveryBody.class).toRequest();
        if (!request.rehearsal()) {
            throw ProblemException.field(
                    "rehearsal", "must be true: a schedule may rehearse a recovery, not do one.");
        }
        return ScheduledWork.of(request, null);
    }
}
