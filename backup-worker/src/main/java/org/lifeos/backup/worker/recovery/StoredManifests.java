package org.lifeos.backup.worker.recovery;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.RecoveryChoice;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;
import org.lifeos.backup.worker.catalog.DumpFileName;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.FoundDump;

/** The backups of the default target as their manifests tell of them, nothing read but those. */
final class StoredManifests {
    private final Attempt attempt;
    private final RecoveryParts parts;

    StoredManifests(Attempt attempt, RecoveryParts parts) {
        this.attempt = attempt;
        this.parts = parts;
    }

    /** What a recovery would choose of the catalogue and of the mirror. */
    Optional<RecoveryChoice<BackupManifest>> choose() {
        Stream<BackupManifest> here =
                parts.catalogue().recoverable(TargetNames.DEFAULT).stream()
                        .map(backup -> parts.folder().manifestOf(backup.file().name()))
                        .flatMap(Optional::stream);
        Stream<BackupManifest> there = parts.mirror().stream().flatMap(this::candidatesIn);
        return RecoveryChoice.among(
                Stream.concat(here, there)
                        .collect(
                                Collectors.toMap(
                                        manifest -> manifest.file().name(),
                                        manifest -> manifest,
                                        (first, second) -> first))
                        .values());
    }

    /** Dumps of here and of the mirror that a scan has to read first: they have no manifest. */
    List<String> unread() {
        return Stream.concat(Stream.of(parts.home()), parts.mirror().stream())
                .flatMap(home -> {
                    BackupFolder folder = new BackupFolder(home);
                    return dumpsOf(folder).filter(name -> folder.manifestOf(name).isEmpty());
                })
                .filter(this::mayBeRecovered)
                .distinct()
                .toList();
    }

    private boolean mayBeRecovered(String file) {
        DumpFileName name = new DumpFileName(file);
        return !name.isSafety()
                && name.target(parts.targets().byName().keySet()).equals(TargetNames.DEFAULT);
    }

    /**
     * Dumps of the mirror that are not here and may be newer than that.
     *
     * @throws ProblemException when it cannot be told, as the mirror lists none any more
     */
    List<String> missingSince(Instant snapshotAt) {
        BackupFolder there = new BackupFolder(parts.mirror().orElseThrow());
        List<FoundDump> listed = there.dumps(attempt::log);
        if (listed.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.MIRROR_UNAVAILABLE,
                    "%s lists no backups any more.".formatted(there.path()));
        }
        Set<String> here = dumpsOf(parts.folder()).collect(Collectors.toSet());
        return listed.stream()
                .filter(dump -> !here.contains(dump.name()) && mayBeRecovered(dump.name()))
                .filter(dump -> mayBeNewer(there, dump, snapshotAt))
                .map(FoundDump::name)
                .toList();
    }

    /** Where no manifest can be read, only its name says that it is older. */
    private boolean mayBeNewer(BackupFolder folder, FoundDump dump, Instant than) {
        return folder.manifestOf(dump.name())
                .or(() -> parts.folder().manifestOf(dump.name()))
                .map(manifest -> isCandidate(manifest) && manifest.snapshotAt().isAfter(than))
                .or(() ->
                        new DumpFileName(dump.name())
                                .time(parts.zone(), dump.modifiedAt(), parts.queue().now())
                                .map(time -> time.isAfter(than)))
                .orElse(true);
    }

    /**
     * What a recovery from a home folder alone would choose, whoever's it is.
     *
     * @param disproved names of those that turned out to be corrupt
     */
    Optional<RecoveryChoice<BackupManifest>> chooseIn(Path home, Collection<String> disproved) {
        return RecoveryChoice.among(
                candidatesIn(home)
                        .filter(manifest -> !disproved.contains(manifest.file().name()))
                        .toList());
    }

    private Stream<BackupManifest> candidatesIn(Path home) {
        BackupFolder folder = new BackupFolder(home);
        return dumpsOf(folder)
                .map(folder::manifestOf)
                .flatMap(Optional::stream)
                .filter(StoredManifests::isCandidate);
    }

    private Stream<String> dumpsOf(BackupFolder folder) {
        try {
            return folder.dumps(attempt::log).stream().map(FoundDump::name);
        } catch (ProblemException e) {
            attempt.log(e.detail());
            return Stream.empty();
        }
    }

    private static boolean isCandidate(BackupManifest manifest) {
        return TargetNames.DEFAULT.equals(manifest.target())
                && manifest.kind() != BackupKind.SAFETY
                && manifest.snapshotAt() != null
                && !isDisproved(manifest);
    }

    private static boolean isDisproved(BackupManifest manifest) {
        return manifest.verification() != null
                && manifest.verification().outcome() == Verification.Outcome.FAILED;
    }
}
