package org.lifeos.backup.worker.catalog;

import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.job.BackupDeletionRequest;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.StoredBackupResult;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.storage.BackupFolder;

/**
 * Removes a backup's files. Whether it may go is asked again here, under locks: since the request,
 * it may have become the last good one. A removal that dies half-way is finished by the next
 * attempt.
 */
public final class BackupDeletionHandler implements JobHandler {
    private final BackupFolder folder;
    private final Catalogue catalogue;

    public BackupDeletionHandler(BackupFolder folder, Catalogue catalogue) {
        this.folder = folder;
        this.catalogue = catalogue;
    }

    @Override
    public JobType type() {
        return JobType.BACKUP_DELETION;
    }

    @Override
    public void run(Attempt attempt) {
        BackupDeletionRequest request = (BackupDeletionRequest) attempt.job().request();
        attempt.succeed(session -> remove(session, attempt.jobId(), request.backupId()));
    }

    private JobResult remove(Session session, UUID jobId, UUID backupId) {
        Backup backup =
                catalogue
                        .lock(session, backupId)
                        .orElseThrow(() ->
                                new ProblemException(
                                        ProblemCode.NOT_FOUND,
                                        "Backup %s is not known any more.".formatted(backupId)));
        if (backup.state() != BackupState.EXPIRED) {
            catalogue.requireRemovable(session, backup, jobId);
            catalogue.expire(session, backupId);
            folder.remove(backup);
        }
        return new StoredBackupResult(backupId, backup.file().name());
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        // a removal leaves nothing unfinished that its next attempt does not finish
    }

    @Override
    public void discard(LeasedJob job) {
        // it makes nothing
    }
}
