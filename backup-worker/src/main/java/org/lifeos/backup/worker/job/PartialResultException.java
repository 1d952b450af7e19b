package org.lifeos.backup.worker.job;

import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.problem.ProblemException;

/** A job fails, and has a part of its result all the same: the job row keeps it. */
public final class PartialResultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ProblemException problem;
    private final transient JobResult result;
    private final boolean triedEnough;

    /**
     * @param problem what it fails with
     */
    public PartialResultException(ProblemException problem, JobResult result) {
        this(problem, result, false);
    }

    private PartialResultException(
            ProblemException problem, JobResult result, boolean triedEnough) {
        super(problem);
        this.problem = problem;
        this.result = result;
        this.triedEnough = triedEnough;
    }

    /** As the constructor, for a job whose parts have been tried again already. */
    public static PartialResultException afterAllTries(ProblemException problem, JobResult result) {
        return new PartialResultException(problem, result, true);
    }

    ProblemException problem() {
        return problem;
    }

    /** Whether another attempt would only do again what was done again before. */
    boolean triedEnough() {
        return triedEnough;
    }

    /** The part that it has. */
    public JobResult result() {
        return result;
    }
}
