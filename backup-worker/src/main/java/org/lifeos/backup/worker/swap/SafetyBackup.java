package org.lifeos.backup.worker.swap;

import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.BackupRequest;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.worker.backup.BackupTaker;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.target.Target;

/** The backup of a database that is about to be replaced, taken within the job that replaces it. */
final class SafetyBackup {
    private final BackupTaker taker;
    private final BackupFolder folder;
    private final Catalogue catalogue;

    SafetyBackup(BackupTaker taker, BackupFolder folder, Catalogue catalogue) {
        this.taker = taker;
        this.folder = folder;
        this.catalogue = catalogue;
    }

    /**
     * Takes it, unless an earlier attempt of the job did.
     *
     * @return its id
     */
    UUID take(Attempt attempt, Target target) {
        Optional<BackupManifest> published = published(attempt);
        if (published.isPresent()) {
            UUID id = published.get().backupId();
            if (catalogue.find(id).isEmpty()) {
                attempt.step(session -> {
                    catalogue.add(session, published.get());
                    return id;
                });
            }
            return id;
        }
        BackupRequest request =
                new BackupRequest(
                        target.name(),
                        BackupKind.SAFETY,
                        null,
                        "before restore " + attempt.jobId(),
                        BackupFormat.PLAIN,
                        false,
                        VerificationLevel.NONE);
        try (BackupTaker.Taken taken = taker.take(attempt, request, target)) {
            return attempt.step(session -> {
                taken.files().publish();
                catalogue.add(session, taken.manifest());
                return taken.manifest().backupId();
            });
        }
    }

    private Optional<BackupManifest> published(Attempt attempt) {
        String file = attempt.job().file();
        if (file == null) {
            return Optional.empty();
        }
        Optional<BackupManifest> whole =
                folder.publishedBy(attempt.jobId(), file, attempt::checkpoint);
        if (whole.isEmpty()) {
            attempt.whileHeld(() -> folder.removePublished(attempt.lease(), file));
        }
        return whole;
    }

    /** Removes what attempts left unfinished. */
    void cleanUp(Attempt reaping) {
        reaping.whileHeld(() -> folder.removeUnfinished(reaping.lease(), reaping.job().file()));
    }

    /** A restore that did not come about leaves no file. */
    void discard(LeasedJob job) {
        folder.removeUnfinished(job.lease(), job.file());
        catalogue.expireOf(job.job().id());
        folder.removePublished(job.lease(), job.file());
    }

    /** The one that was taken for this job, if one was. */
    Optional<UUID> idOf(UUID jobId) {
        return catalogue.ofJob(jobId);
    }
}
