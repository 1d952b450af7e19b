package org.lifeos.backup.catalog;

import java.time.Instant;

/** What is to be known of a backup to choose the one that a recovery brings back. */
public interface Restorable {

    DumpFile file();

    /** Everything committed before this instant is in the dump. */
    Instant snapshotAt();

    int tables();

    long rows();
}
