package org.lifeos.backup.worker.restore;

import java.util.List;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** A dump does not hold up to what is said of it. */
public final class DisprovedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int NAMED = 10;
    private static final int LISTED = 100;

    private final VerificationLevel level;
    private final transient List<String> differences;

    /**
     * @param level the lowest that finds it
     * @param differences sentences that name what is wrong; at least one
     */
    public DisprovedException(VerificationLevel level, List<String> differences) {
        super(sentence(differences));
        this.level = level;
        this.differences =
                List.copyOf(differences.subList(0, Math.min(LISTED, differences.size())));
    }

    public VerificationLevel level() {
        return level;
    }

    /** The first hundred. */
    public List<String> differences() {
        return differences;
    }

    /** For callers. */
    public ProblemException problem(ProblemCode code) {
        return new ProblemException(code, getMessage(), this);
    }

    private static String sentence(List<String> differences) {
        String named =
                String.join("; ", differences.subList(0, Math.min(NAMED, differences.size())));
        return differences.size() <= NAMED
                ? named
                : "%s; and %d more".formatted(named, differences.size() - NAMED);
    }
}
