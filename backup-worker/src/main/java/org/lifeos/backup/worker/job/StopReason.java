package org.lifeos.backup.worker.job;

/** Why an attempt ends before its time. */
public enum StopReason {
    /** Somebody asked for the job's end. */
    CANCELLED,
    /** Another worker took the job over. */
    LEASE_LOST,
    /** This worker is going down. */
    WORKER_STOPS
}
