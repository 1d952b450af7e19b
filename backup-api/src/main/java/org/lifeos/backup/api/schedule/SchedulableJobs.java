package org.lifeos.backup.api.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** Everything that schedules can start. */
@ApplicationScoped
public class SchedulableJobs {
    /** Problems whose detail begins with the name of a field. */
    private static final Set<ProblemCode> OF_A_FIELD =
            Set.of(
                    ProblemCode.INVALID_FIELD,
                    ProblemCode.UNKNOWN_TARGET,
                    ProblemCode.NOT_AVAILABLE);

    private final List<SchedulableJob> jobs;

    SchedulableJobs(@All List<SchedulableJob> jobs) {
        this.jobs = jobs;
    }

    /**
     * @throws ProblemException when nothing of this type can be scheduled, or the parameters are
     *     not valid; the detail names the field
     */
    ScheduledWork work(String type, JsonNode parameters) {
        SchedulableJob job =
                JobType.byCode(type)
                        .flatMap(this::find)
                        .orElseThrow(() ->
                                ProblemException.field(
                                        "type",
                                        "must be one of %s, not '%s'."
                                                .formatted(codes(), Fields.shown(type))));
        try {
            return job.work(parameters);
        } catch (ProblemException e) {
            throw OF_A_FIELD.contains(e.code())
                    ? new ProblemException(e.code(), "parameters." + e.detail(), e)
                    : e;
        }
    }

    private Optional<SchedulableJob> find(JobType type) {
        return jobs.stream().filter(job -> job.type() == type).findFirst();
    }

    private String codes() {
        return jobs.stream()
                .map(job -> job.type().code())
                .sorted()
                .collect(Collectors.joining(", "));
    }
}
