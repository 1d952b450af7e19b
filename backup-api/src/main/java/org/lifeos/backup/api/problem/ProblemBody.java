package org.lifeos.backup.api.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.job.Failure;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * A problem as it is answered (RFC 9457).
 *
 * @param type {@code urn:lifeos-backup:problem:CODE}
 * @param instance the path that was asked
 * @param job the whole job, where there is one
 */
@Schema(name = "Problem")
public record ProblemBody(
        String type,
        String title,
        int status,
        String detail,
        String code,
        String hint,
        String instance,
        @JsonInclude(JsonInclude.Include.NON_NULL) Job job) {

    public static final String MEDIA_TYPE = "application/problem+json";

    static ProblemBody of(ProblemException problem, String instance) {
        return of(problem.code(), problem.detail(), instance, null);
    }

    static ProblemBody of(ProblemCode code, String detail, String instance, Job job) {
        return new ProblemBody(
                code.type(),
                code.title(),
                code.status(),
                detail,
                code.code(),
                code.hint(),
                instance,
                job);
    }

    /** The problem that a job ended with. */
    static ProblemBody of(Failure failure, String instance, Job job) {
        return new ProblemBody(
                "urn:lifeos-backup:problem:" + failure.code(),
                failure.title(),
                failure.status(),
                failure.detail(),
                failure.code(),
                failure.hint(),
                instance,
                job);
    }
}
