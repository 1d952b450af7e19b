package org.lifeos.backup.worker.job;

/** Leads the way out of an attempt that is to end before its time. */
public final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoppedException(StopReason reason) {
        super("stopped: " + reason);
    }
}
