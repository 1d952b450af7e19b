package org.lifeos.backup.worker.catalog;

import java.nio.file.Files;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupIndex;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.job.CatalogScanResult;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.FoundDump;
import org.lifeos.backup.worker.target.Targets;

/**
 * Makes the catalogue equal to the backup folder: dumps are entered, one transaction each, backups
 * without a file become MISSING. Doing it twice does no harm, so a scan that dies half-way is done
 * again from its beginning. {@code docs/catalogue.md} says what is believed and what is not.
 */
public final class CatalogScanHandler implements JobHandler {
    private final Targets targets;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final BackupIndex index;
    private final JobQueue queue;
    private final ZoneId zone;

    /**
     * @param zone in which names without a manifest tell the time
     */
    public CatalogScanHandler(
            Targets targets,
            BackupFolder folder,
            Catalogue catalogue,
            BackupIndex index,
            JobQueue queue,
            ZoneId zone) {
        this.targets = targets;
        this.folder = folder;
        this.catalogue = catalogue;
        this.index = index;
        this.queue = queue;
        this.zone = zone;
    }

    @Override
    public JobType type() {
        return JobType.CATALOG_SCAN;
    }

    @Override
    public void run(Attempt attempt) {
        attempt.phase("list", folder.path().toString());
        requireFolder();
        List<FoundDump> dumps = folder.dumps(attempt::log);
        DumpEntry entry = new DumpEntry(attempt, targets, folder, catalogue, index, queue, zone);
        List<String> imported = new ArrayList<>();
        List<String> corrupt = new ArrayList<>();
        int unchanged = 0;
        for (FoundDump dump : dumps) {
            tellProgress(attempt, imported.size() + corrupt.size() + unchanged, dumps.size(), dump);
            switch (entry.enter(dump)) {
                case ENTERED -> imported.add(dump.name());
                case UNCHANGED -> unchanged++;
                case CORRUPT -> corrupt.add(dump.name());
                case LEFT -> {}
            }
        }
        CatalogScanResult result =
                new CatalogScanResult(imported, unchanged, missing(attempt, dumps), corrupt);
        attempt.succeed(_ -> result);
    }

    /** A folder that is away, as a disk that is not mounted, does not make every backup missing. */
    private void requireFolder() {
        int known = index.entries().size();
        if (known > 0 && !Files.isDirectory(folder.path())) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "%s is not there, where %d backups should be.".formatted(folder.path(), known));
        }
        folder.prepare();
    }

    private static void tellProgress(Attempt attempt, int done, int of, FoundDump dump) {
        attempt.checkpoint();
        // heartbeats pass over a row that is locked, and each dump's entry locks it: of many small
        // ones
        // in a row the lease would run out
        boolean _ = attempt.stillHolds();
        attempt.progress(
                new Progress(
                        "scan",
                        0,
                        null,
                        100 * done / of,
                        "%d of %d: %s".formatted(done + 1, of, dump.name())));
    }

    private List<String> missing(Attempt attempt, List<FoundDump> dumps) {
        attempt.phase("missing", "looking for files that are gone");
        Set<String> present = new HashSet<>();
        dumps.forEach(dump -> present.add(dump.name()));
        List<String> missing = new ArrayList<>();
        for (BackupIndex.Entry known : index.entries()) {
            attempt.checkpoint();
            if (!present.contains(known.file()) && isMissing(attempt, known)) {
                missing.add(known.file());
            }
        }
        return missing;
    }

    /** It may have been removed, or taken, since the folder was listed. */
    private boolean isMissing(Attempt attempt, BackupIndex.Entry known) {
        return attempt.step(session -> {
            Optional<Backup> backup = catalogue.lock(session, known.id());
            boolean gone =
                    backup.filter(row -> row.state() != BackupState.EXPIRED)
                            .filter(row -> folder.found(row.file().name()).isEmpty())
                            .isPresent();
            if (gone) {
                catalogue.missing(session, known.id());
            }
            return gone;
        });
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
