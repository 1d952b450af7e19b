package org.lifeos.backup.problem;

/**
 * Something in the user's world is not as the work needs it: the request, the target, the disk.
 * REST renders it, the job row stores it as its failure, the log prints its one line. Our own bugs
 * are {@link IllegalStateException} instead.
 */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ProblemCode code;

    public ProblemException(ProblemCode code, String detail) {
        this(code, detail, null);
    }

    public ProblemException(ProblemCode code, String detail, Throwable cause) {
        super(detail, cause);
        this.code = code;
    }

    /** A wrong field of a request body; the sentence begins with the field's name. */
    public static ProblemException field(String field, String isWrong) {
        return new ProblemException(ProblemCode.INVALID_FIELD, field + " " + isWrong);
    }

    /** A wrong query parameter or path part; the sentence begins with its name. */
    public static ProblemException parameter(String name, String isWrong) {
        return new ProblemException(ProblemCode.INVALID_PARAMETER, name + " " + isWrong);
    }

    /** A wrong request header; the sentence begins with its name. */
    public static ProblemException header(String name, String isWrong) {
        return new ProblemException(ProblemCode.INVALID_HEADER, name + " " + isWrong);
    }

    public ProblemCode code() {
        return code;
    }

    /** What happened, to what. Free of secrets: it is answered and stored as it is. */
    public String detail() {
        return getMessage();
    }
}
