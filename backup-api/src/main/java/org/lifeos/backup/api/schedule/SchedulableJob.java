package org.lifeos.backup.api.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.problem.ProblemException;

/**
 * A job type that schedules can start. A feature that has one makes a bean of this; only types that
 * a worker can run have one.
 */
public interface SchedulableJob {

    JobType type();

    /**
     * Reads a schedule's parameters by the rules of the body that the job's own POST takes.
     *
     * @throws ProblemException when they are not valid; the detail names the field
     */
    ScheduledWork work(JsonNode parameters);
}
