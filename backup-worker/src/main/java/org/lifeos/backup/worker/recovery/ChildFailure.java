package org.lifeos.backup.worker.recovery;

import org.lifeos.backup.job.Job;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** What the failure of a job that a recovery waited for means for the step. */
final class ChildFailure {
    private ChildFailure() {}

    /**
     * @param what the job was to do
     */
    static ProblemException of(String what, Job job) {
        return new ProblemException(
                code(job), "%s, job %s: %s".formatted(what, job.id(), job.failure().detail()));
    }

    /** Another version may have recorded a code that this one does not know. */
    static ProblemCode code(Job job) {
        return ProblemCode.byCode(job.failure().code()).orElse(ProblemCode.RECOVERY_INCOMPLETE);
    }
}
