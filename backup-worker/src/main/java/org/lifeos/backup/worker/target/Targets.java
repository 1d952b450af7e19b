package org.lifeos.backup.worker.target;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;

/**
 * The targets that this worker can reach: {@code LIFEOS_DB_*}, and {@code NAME_DB_*} for each of
 * {@code BACKUP_TARGETS}.
 */
public record Targets(Map<String, Target> byName) {

    public static Targets of(Environment environment) {
        Map<String, Target> targets = new LinkedHashMap<>();
        for (String name : TargetNames.of(environment).names()) {
            String prefix = TargetNames.variablePrefix(name) + "_DB_";
            targets.put(
                    name,
                    new Target(
                            name,
                            environment.text(prefix + "HOST", "postgres"),
                            environment.port(prefix + "PORT", 5432),
                            environment.text(prefix + "NAME", name),
                            environment.text(prefix + "USER", TargetNames.DEFAULT),
                            environment.secret(prefix + "PASSWORD").orElse(null)));
        }
        return new Targets(targets);
    }

    public Target get(String name) {
        Target target = byName.get(name);
        if (target == null) {
            throw new ProblemException(
                    ProblemCode.UNKNOWN_TARGET,
                    "This worker knows no target '%s', only %s."
                            .formatted(name, String.join(", ", byName.keySet())));
        }
        return target;
    }

    /** Whether the text is a name that messages print anyway. */
    public boolean printsName(String text) {
        return byName.values().stream()
                .anyMatch(target ->
                        text.equals(target.name())
                                || text.equals(target.database())
                                || text.equals(target.user()));
    }
}
