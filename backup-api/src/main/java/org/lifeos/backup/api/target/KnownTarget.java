package org.lifeos.backup.api.target;

import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;

/** The field {@code target} of a request's body. */
public final class KnownTarget {
    private KnownTarget() {}

    /**
     * @param field null for the default target
     * @throws ProblemException when no target is called so
     */
    public static String of(TargetNames targets, String field) {
        String name = field == null ? TargetNames.DEFAULT : field;
        if (!targets.contains(name)) {
            throw new ProblemException(
                    ProblemCode.UNKNOWN_TARGET,
                    "target '%s' is not known; known are %s."
                            .formatted(Fields.shown(name), String.join(", ", targets.names())));
        }
        return name;
    }
}
