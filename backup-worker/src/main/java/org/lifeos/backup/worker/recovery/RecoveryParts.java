package org.lifeos.backup.worker.recovery;

import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Optional;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.worker.files.FilesSettings;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.target.Targets;

/**
 * What recoveries work with.
 *
 * @param files where the folders and their mirror are
 * @param zone in which file names tell the time
 * @param largestScratchBytes no trial restore of a larger database
 */
public record RecoveryParts(
        FilesSettings files,
        ZoneId zone,
        Targets targets,
        BackupFolder folder,
        Catalogue catalogue,
        Database database,
        JobQueue queue,
        long largestScratchBytes,
        RecoverySettings settings) {

    Path home() {
        return files.home();
    }

    Optional<Path> mirror() {
        return files.mirror();
    }

    ScratchPlace scratch() {
        return new ScratchPlace(home());
    }

    BackupManifest manifestOf(Backup backup) {
        return folder.manifestOf(backup.file().name())
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.BACKUP_FILE_MISSING,
                                "%s has no manifest beside it."
                                        .formatted(folder.path().resolve(backup.file().name()))));
    }
}
