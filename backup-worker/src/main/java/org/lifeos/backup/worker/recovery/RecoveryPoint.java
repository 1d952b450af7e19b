package org.lifeos.backup.worker.recovery;

import java.time.Instant;
import java.util.UUID;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupManifest;

/**
 * The backup that a recovery brings back.
 *
 * @param at the moment that the data are of
 */
record RecoveryPoint(UUID backupId, String file, Instant at) {

    static RecoveryPoint of(BackupManifest manifest) {
        return new RecoveryPoint(
                manifest.backupId(), manifest.file().name(), manifest.snapshotAt());
    }

    static RecoveryPoint of(Backup backup) {
        return new RecoveryPoint(backup.id(), backup.file().name(), backup.snapshotAt());
    }
}
