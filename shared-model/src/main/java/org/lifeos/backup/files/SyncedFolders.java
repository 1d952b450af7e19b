package org.lifeos.backup.files;

import java.util.List;

/** The folders of LIFEOS_HOME that are synced, and so can be checked and restored. */
public final class SyncedFolders {
    /** Where the backups lie. */
    public static final String BACKUPS = "backups/postgres";

    public static final List<String> NAMES =
            List.of("output", "entity_previews", "presets", "data", "uploads", BACKUPS);

    private SyncedFolders() {}
}
