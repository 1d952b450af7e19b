package org.lifeos.backup.api.schedule;

import org.lifeos.backup.access.Role;
import org.lifeos.backup.job.JobRequest;

/**
 * What a schedule starts.
 *
 * @param reason as the parameters give it, or null
 * @param role the least that may start it by hand
 */
public record ScheduledWork(JobRequest request, String reason, Role role) {

    /** Work that everybody may start who may start a job of its type. */
    public static ScheduledWork of(JobRequest request, String reason) {
        return new ScheduledWork(request, reason, request.type().role());
    }
}
