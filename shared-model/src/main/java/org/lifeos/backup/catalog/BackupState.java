package org.lifeos.backup.catalog;

/** What became of a stored backup. Only an AVAILABLE one is offered for restores. */
public enum BackupState {
    /** The dump lies whole in its place. */
    AVAILABLE,
    /** A verification found a difference to the manifest. */
    CORRUPT,
    /** The file is gone without the service's doing. */
    MISSING,
    /** Retention or a caller removed the file. */
    EXPIRED
}
