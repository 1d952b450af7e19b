package org.lifeos.backup.worker.job;

/**
 * The result is visible, but whether the job row says so is not known, because the database went
 * away in between. Nothing may be undone and nothing written: once the lease is over, a reaper
 * finds out, and another attempt adopts what is there.
 */
public final class OutcomeUnknownException extends Exception {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknownException(Throwable cause) {
        super("published, but the service database did not confirm it", cause);
    }
}
