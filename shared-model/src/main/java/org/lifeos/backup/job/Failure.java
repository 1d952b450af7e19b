package org.lifeos.backup.job;

import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * Why a job failed or was cancelled, in the words of the problem catalogue. {@code status} is an
 * HTTP status.
 */
public record Failure(
        String code, String title, String detail, String hint, int status, boolean retryable) {

    public static Failure of(ProblemCode code, String detail) {
        return new Failure(
                code.code(), code.title(), detail, code.hint(), code.status(), code.retryable());
    }

    public static Failure of(ProblemException problem) {
        return of(problem.code(), problem.detail());
    }
}
