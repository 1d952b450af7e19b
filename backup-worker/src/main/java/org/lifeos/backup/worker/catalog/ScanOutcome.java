package org.lifeos.backup.worker.catalog;

/** What a scan came to about a dump. */
enum ScanOutcome {
    /** It is good, and in the catalogue as it was not before. */
    ENTERED,
    UNCHANGED,
    /** It is in the catalogue, and not to be restored. */
    CORRUPT,
    /** Nothing is said of it; the job's log tells why. */
    LEFT
}
