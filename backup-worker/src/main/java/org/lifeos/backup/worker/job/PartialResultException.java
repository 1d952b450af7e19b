package org.lifeos.backup.worker.job;

import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.problem.ProblemException;

/** A job fails, and has a part of its result all the same: the job row keeps it. */
public final class PartialResultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ProblemException problem;
    private final transient JobResult result;

    /**
     * @param problem what it fails with
     */
    public PartialResultException(ProblemException problem, JobResult result) {
        super(problem);
        this.problem = problem;
        this.result = result;
    }

    ProblemException problem() {
        return problem;
    }

    /** The part that it has. */
    public JobResult result() {
        return result;
    }
}
