package org.lifeos.backup.worker.catalog;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupIndex;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.Verification.Outcome;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.Checksum;
import org.lifeos.backup.worker.storage.FoundDump;
import org.lifeos.backup.worker.target.Targets;

/**
 * Enters dumps into the catalogue. The long reading happens without locks; what is written,
 * manifest and row, is written under the job's lease and the row's lock, after a look whether the
 * file is still the one that was read. The manifest comes first: a scan that dies before the row is
 * there leaves a dump with its id, which the next one enters by its manifest.
 */
final class DumpEntry {
    /** A file that changed so lately and is not whole may still be under way. */
    private static final Duration YOUNG = Duration.ofMinutes(2);

    private final Attempt attempt;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final BackupIndex index;
    private final JobQueue queue;
    private final Set<String> targets;
    private final ImportedManifest imports;

    DumpEntry(
            Attempt attempt,
            Targets targets,
            BackupFolder folder,
            Catalogue catalogue,
            BackupIndex index,
            JobQueue queue,
            ZoneId zone) {
        this.attempt = attempt;
        this.folder = folder;
        this.catalogue = catalogue;
        this.index = index;
        this.queue = queue;
        this.targets = targets.byName().keySet();
        this.imports = new ImportedManifest(targets, zone, attempt.job().job().requestedBy());
    }

    /**
     * @throws ProblemException when nothing can be written into the folder
     */
    ScanOutcome enter(FoundDump found) {
        try {
            Optional<BackupManifest> beside = folder.manifestOf(found.name());
            if (beside.filter(manifest -> manifest.version() > BackupManifest.VERSION)
                    .isPresent()) {
                return leave(found, "its manifest is one of a newer version of the service");
            }
            Optional<BackupManifest> believed =
                    beside.filter(manifest -> isBelieved(manifest, found));
            return believed.isPresent()
                    ? check(found, believed.get())
                    : read(found, Optional.empty());
        } catch (IOException e) {
            return leave(found, "it cannot be read: " + e.getMessage());
        } catch (SqlFailure e) {
            if (e.isUnavailable()) {
                throw e;
            }
            // nothing of it is written; what one file says must not end the scan of all others
            return leave(found, "it cannot be entered: " + e.getMessage());
        }
    }

    private boolean isBelieved(BackupManifest manifest, FoundDump found) {
        Optional<String> doubt = ManifestTrust.doubt(manifest, found.name(), targets);
        if (doubt.isEmpty()
                && index.fileOf(manifest.backupId())
                        .filter(file -> !file.equals(found.name()))
                        .isPresent()) {
            doubt = Optional.of("is a copy of that of another backup");
        }
        doubt.ifPresent(
                why -> attempt.log("the manifest beside %s %s".formatted(found.name(), why)));
        return doubt.isEmpty();
    }

    private ScanOutcome check(FoundDump found, BackupManifest manifest) throws IOException {
        boolean isWhole = isThatOf(manifest, found);
        return !isWhole && isOfDamagedDump(manifest)
                ? read(found, Optional.of(manifest))
                : attempt.step(session -> enter(session, found, manifest, isWhole));
    }

    private boolean isThatOf(BackupManifest manifest, FoundDump found) throws IOException {
        if (found.sizeBytes() != manifest.file().sizeBytes()) {
            return false;
        }
        try {
            return Checksum.of(found.path(), attempt::checkpoint).equals(manifest.file().sha256());
        } catch (AccessDeniedException e) {
            throw e;
        } catch (IOException e) {
            attempt.log("%s cannot be read: %s".formatted(found.name(), e.getMessage()));
            return false;
        }
    }

    /** Such a manifest tells the hash of the damage: another file is no worse. */
    private static boolean isOfDamagedDump(BackupManifest manifest) {
        Verification verification = manifest.verification();
        return manifest.kind() == BackupKind.IMPORTED
                && verification != null
                && verification.outcome() == Outcome.FAILED
                && verification.level() == VerificationLevel.CONTENT;
    }

    private ScanOutcome enter(
            Session session, FoundDump found, BackupManifest read, boolean isWhole) {
        Optional<Backup> row =
                catalogue
                        .lock(session, read.backupId())
                        .filter(known -> known.state() != BackupState.EXPIRED);
        // callers may have changed it since
        Optional<BackupManifest> beside =
                folder.manifestOf(found.name())
                        .filter(now -> read.backupId().equals(now.backupId()))
                        .filter(now -> read.file().equals(now.file()))
                        .filter(now -> ManifestTrust.doubt(now, found.name(), targets).isEmpty());
        if (beside.isEmpty() || !isStillThere(found)) {
            return leave(found, "it changed meanwhile");
        }
        if (index.isUnfinished(session, read.jobId())) {
            return leave(found, "the job that makes it has not ended");
        }
        boolean isCut = found.sizeBytes() < read.file().sizeBytes();
        if (!isWhole && isCut && row.isEmpty() && isYoung(found)) {
            return leave(found, "it may be under way");
        }
        BackupManifest now = proven(merged(session, beside.get(), row), isWhole);
        if (!now.equals(beside.get())) {
            rewrite(now);
        }
        return put(session, now);
    }

    /** What callers and proofs said last counts, and did not reach the manifest in every case. */
    private BackupManifest merged(Session session, BackupManifest manifest, Optional<Backup> row) {
        if (row.isEmpty()) {
            return manifest;
        }
        Backup known = row.get();
        BackupManifest described =
                index.isAheadOfManifest(session, known.id())
                        ? manifest.described(known.pinned(), known.reason())
                        : manifest;
        Verification noted = known.verification();
        boolean isNewer =
                noted != null
                        && (manifest.verification() == null
                                || noted.at().isAfter(manifest.verification().at()));
        return isNewer ? described.verified(noted) : described;
    }

    /** The hash is a proof too, where it says something new. */
    private BackupManifest proven(BackupManifest manifest, boolean isWhole) {
        Verification before = manifest.verification();
        boolean failed = before != null && before.outcome() == Outcome.FAILED;
        if (isWhole && failed && before.level() == VerificationLevel.CHECKSUM) {
            return manifest.verified(verification(VerificationLevel.CHECKSUM, Outcome.PASSED));
        }
        return isWhole || failed
                ? manifest
                : manifest.verified(verification(VerificationLevel.CHECKSUM, Outcome.FAILED));
    }

    private Verification verification(VerificationLevel level, Outcome outcome) {
        return new Verification(level, outcome, queue.now());
    }

    private void rewrite(BackupManifest manifest) {
        try {
            folder.describe(manifest, attempt.lease());
        } catch (ProblemException e) {
            attempt.log("what is new is in the catalogue alone: " + e.detail());
        }
    }

    private ScanOutcome put(Session session, BackupManifest manifest) {
        Verification verification = manifest.verification();
        boolean isCorrupt = verification != null && verification.outcome() == Outcome.FAILED;
        index.claimFile(session, manifest.file().name(), manifest.backupId());
        boolean isNews =
                index.put(
                        session, manifest, isCorrupt ? BackupState.CORRUPT : BackupState.AVAILABLE);
        if (isCorrupt) {
            return ScanOutcome.CORRUPT;
        }
        return isNews ? ScanOutcome.ENTERED : ScanOutcome.UNCHANGED;
    }

    /**
     * @param damaged the manifest that a scan wrote when the dump was not whole; its id stays
     */
    private ScanOutcome read(FoundDump found, Optional<BackupManifest> damaged) throws IOException {
        ForeignDump dump;
        try {
            dump =
                    switch (new DumpFileName(found.name()).format()) {
                        case PLAIN -> ForeignDump.read(found, bytes -> tellBytes(found, bytes));
                        case CUSTOM -> ForeignDump.archive(attempt, found);
                    };
        } catch (ProblemException e) {
            return leave(found, "it cannot be read here: " + e.detail());
        }
        if (dump.damage().isPresent() && isYoung(found)) {
            return leave(found, "it is not whole and may be under way");
        }
        dump.damage().ifPresent(how -> attempt.log("%s %s".formatted(found.name(), how)));
        Instant now = queue.now();
        return attempt.step(session -> takeIn(session, found, dump, damaged, now));
    }

    private void tellBytes(FoundDump found, long bytes) {
        attempt.checkpoint();
        attempt.progress(new Progress("read", bytes, found.sizeBytes(), null, found.name()));
    }

    private ScanOutcome takeIn(
            Session session,
            FoundDump found,
            ForeignDump dump,
            Optional<BackupManifest> damaged,
            Instant now) {
        Optional<Backup> row = index.lockFile(session, found.name());
        if (!isStillThere(found)) {
            return leave(found, "it changed meanwhile");
        }
        if (row.isPresent() && damaged.isEmpty() && isOtherThan(row.get(), dump)) {
            return disproved(session, row.get());
        }
        BackupManifest manifest =
                row.or(() -> damaged.map(ImportedManifest::backup))
                        .map(known -> imports.of(dump, known, now))
                        .orElseGet(() -> imports.of(dump, found, now));
        try {
            folder.describe(manifest, attempt.lease());
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.DISK_FULL) {
                throw e;
            }
            return leave(found, "it cannot be described: " + e.detail());
        }
        return put(session, manifest);
    }

    /** Without a manifest to be believed, the catalogue's own word is what is left. */
    private static boolean isOtherThan(Backup known, ForeignDump dump) {
        boolean wasDamaged =
                known.kind() == BackupKind.IMPORTED
                        && known.verification() != null
                        && known.verification().outcome() == Outcome.FAILED;
        return !wasDamaged && !known.file().equals(dump.file());
    }

    private ScanOutcome disproved(Session session, Backup known) {
        attempt.log(
                "%s is not the file that the catalogue knows, and has no manifest"
                        .formatted(known.file().name()));
        Verification before = known.verification();
        boolean failed = before != null && before.outcome() == Outcome.FAILED;
        catalogue.verified(
                session,
                known.id(),
                BackupState.CORRUPT,
                failed ? before : verification(VerificationLevel.CHECKSUM, Outcome.FAILED));
        return ScanOutcome.CORRUPT;
    }

    private boolean isStillThere(FoundDump found) {
        return folder.found(found.name()).filter(found::equals).isPresent();
    }

    private boolean isYoung(FoundDump found) {
        Duration age = Duration.between(found.modifiedAt(), queue.now()).abs();
        return age.compareTo(YOUNG) < 0;
    }

    private ScanOutcome leave(FoundDump found, String why) {
        attempt.log("%s is left for the next scan: %s".formatted(found.name(), why));
        return ScanOutcome.LEFT;
    }
}
