package org.lifeos.backup.worker.job;

/**
 * Whether the job's result is out in the world, or whether the job row says so, is not known,
 * because a database went away in between. Nothing may be undone and nothing written: once the
 * lease is over, a reaper finds out, as often as it takes.
 */
public final class OutcomeUnknownException extends Exception {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknownException(Throwable cause) {
        this("published, but the service database did not confirm it", cause);
    }

    public OutcomeUnknownException(String message, Throwable cause) {
        super(message, cause);
    }
}
