package org.lifeos.backup.worker.catalog;

import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.ManifestUpdateRequest;
import org.lifeos.backup.job.StoredBackupResult;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.storage.BackupFolder;

/** Writes into a manifest what callers changed of its backup. Doing it twice does no harm. */
public final class ManifestUpdateHandler implements JobHandler {
    private final BackupFolder folder;
    private final Catalogue catalogue;

    public ManifestUpdateHandler(BackupFolder folder, Catalogue catalogue) {
        this.folder = folder;
        this.catalogue = catalogue;
    }

    @Override
    public JobType type() {
        return JobType.MANIFEST_UPDATE;
    }

    @Override
    public void run(Attempt attempt) {
        ManifestUpdateRequest request = (ManifestUpdateRequest) attempt.job().request();
        attempt.succeed(session -> update(session, attempt, request.backupId()));
    }

    private JobResult update(Session session, Attempt attempt, UUID backupId) {
        Backup backup =
                catalogue
                        .lock(session, backupId)
                        .orElseThrow(() ->
                                new ProblemException(
                                        ProblemCode.NOT_FOUND,
                                        "Backup %s is not known any more.".formatted(backupId)));
        folder.rewriteManifest(
                backup.file().name(),
                attempt.lease(),
                manifest -> manifest.described(backup.pinned(), backup.reason()));
        return new StoredBackupResult(backupId, backup.file().name());
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        reaping.whileHeld(() -> folder.removeUnfinished(reaping.lease(), null));
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        // partial files are one folder's, and the backup's handler looks after them all
    }

    @Override
    public void discard(LeasedJob job) {
        folder.removeUnfinished(job.lease(), null);
    }
}
