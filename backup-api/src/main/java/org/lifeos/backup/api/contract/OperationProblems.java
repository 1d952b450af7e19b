package org.lifeos.backup.api.contract;

import static org.lifeos.backup.problem.ProblemCode.*;

import java.lang.reflect.Method;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.problem.ProblemCode;

/** Which problems a call can be answered with. */
final class OperationProblems {
    private static final Set<ProblemCode> ALWAYS =
            EnumSet.of(
                    MALFORMED_REQUEST,
                    UNAUTHORIZED,
                    NOT_ACCEPTABLE,
                    URI_TOO_LONG,
                    TOO_MANY_ATTEMPTS,
                    HEADERS_TOO_LARGE,
                    INTERNAL_ERROR,
                    SERVICE_DATABASE_UNAVAILABLE);
    private static final Set<ProblemCode> OF_A_BODY =
            EnumSet.of(PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_FIELD);
    private static final Set<String> CHECKED_HEADERS =
            Set.of(Headers.PREFER, Headers.IDEMPOTENCY_KEY);

    private OperationProblems() {}

    /** Of an operation with all its parameters, in the catalogue's order. */
    static Set<ProblemCode> of(Operation operation, Method method) {
        Set<ProblemCode> codes = EnumSet.copyOf(ALWAYS);
        if (method.getAnnotation(RequiresRole.class).value() != Role.VIEWER) {
            codes.add(FORBIDDEN);
        }
        if (operation.getRequestBody() != null) {
            codes.addAll(OF_A_BODY);
        }
        Collection<Parameter> parameters =
                operation.getParameters() == null ? List.of() : operation.getParameters();
        for (Parameter parameter : parameters) {
            switch (parameter.getIn()) {
                case PATH -> codes.add(NOT_FOUND);
                case QUERY -> codes.add(INVALID_PARAMETER);
                case HEADER -> codes.addAll(ofHeader(parameter.getName()));
                case COOKIE -> {}
            }
        }
        StartsJob starts = method.getAnnotation(StartsJob.class);
        if (starts != null) {
            codes.add(STILL_RUNNING);
            for (JobType type : starts.value()) {
                codes.addAll(JobProblems.of(type));
            }
        }
        RefusesWith refuses = method.getAnnotation(RefusesWith.class);
        if (refuses != null) {
            codes.addAll(List.of(refuses.value()));
        }
        return codes;
    }

    private static Set<ProblemCode> ofHeader(String name) {
        Set<ProblemCode> codes = EnumSet.noneOf(ProblemCode.class);
        if (CHECKED_HEADERS.contains(name)) {
            codes.add(INVALID_HEADER);
        }
        if (name.equals(Headers.IDEMPOTENCY_KEY)) {
            codes.add(IDEMPOTENCY_KEY_REUSED);
        }
        return codes;
    }
}
