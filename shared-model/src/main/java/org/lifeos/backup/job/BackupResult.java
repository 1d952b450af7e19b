package org.lifeos.backup.job;

import java.util.UUID;
import org.lifeos.backup.catalog.BackupManifest;

/**
 * The published backup of a job.
 *
 * @param file the dump's name under {@code LIFEOS_HOME/backups/postgres}
 * @param tables how many tables the dump holds data of
 * @param rows how many rows these tables have together
 * @param durationMs from the start of the attempt to the publish
 */
public record BackupResult(
        UUID backupId,
        String file,
        long sizeBytes,
        String sha256,
        int tables,
        long rows,
        long durationMs)
        implements JobResult {

    public static BackupResult of(BackupManifest manifest) {
        return new BackupResult(
                manifest.backupId(),
                manifest.file().name(),
                manifest.file().sizeBytes(),
                manifest.file().sha256(),
                manifest.tables(),
                manifest.rows(),
                manifest.durationMs());
    }
}
