package org.lifeos.backup.worker.files;

import java.nio.file.Path;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.job.FilesRestoreRequest;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;

/**
 * Copies folders back from the mirror. Files that were copied stay, whatever becomes of the job.
 */
public final class FilesRestoreHandler implements JobHandler {
    private final FilesSettings settings;

    public FilesRestoreHandler(FilesSettings settings) {
        this.settings = settings;
    }

    @Override
    public JobType type() {
        return JobType.FILES_RESTORE;
    }

    @Override
    public void run(Attempt attempt) {
        FilesRestoreRequest request = (FilesRestoreRequest) attempt.job().request();
        Path mirror =
                settings.mirror()
                        .orElseThrow(() ->
                                new ProblemException(
                                        ProblemCode.MIRROR_UNAVAILABLE,
                                        "No mirror is configured: SYNC_MIRROR_DIR of the worker is not set."));
        FilesRestoreResult result =
                new FolderRestore(attempt, mirror, settings.home())
                        .run(request.folders(), request.conflict(), request.dryRun());
        attempt.succeed(_ -> result);
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        removeOf(reaping.job());
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        UnfinishedFiles.remove(settings.home(), mayBeAtWork.negate());
    }

    @Override
    public void discard(LeasedJob job) {
        removeOf(job);
    }

    private void removeOf(LeasedJob lost) {
        UnfinishedFiles.remove(
                settings.home(),
                (job, attempt) -> job.equals(lost.job().id()) && attempt <= lost.lease().attempt());
    }
}
