package org.lifeos.backup.worker.restore;

/** The server went away in the middle of a swap: whether it came about only the server knows. */
public final class SwapUnansweredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SwapUnansweredException(Throwable cause) {
        super("the server went away while the names were changed", cause);
    }
}
