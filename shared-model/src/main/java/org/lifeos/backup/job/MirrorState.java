package org.lifeos.backup.job;

/** What is known of the copy of a folder in the mirror. */
public enum MirrorState {
    /** No difference. */
    IN_SYNC,
    /** Differences, all of them younger than the time that syncing takes. */
    LAGGING,
    /** Older differences, or the mirror has no such folder. */
    MISSING,
    /**
     * There is no mirror, not all of it or of the folder can be read, or it is the folder itself.
     */
    UNPROVEN
}
