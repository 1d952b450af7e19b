package org.lifeos.backup.worker.ollama;

import org.lifeos.backup.problem.ProblemCode;

/** What happened to one model would happen to all others: the run ends here. */
final class StoppedRun extends Exception {
    private static final long serialVersionUID = 1L;

    private final ProblemCode code;

    StoppedRun(ProblemCode code, String detail) {
        super(detail);
        this.code = code;
    }

    ProblemCode code() {
        return code;
    }
}
