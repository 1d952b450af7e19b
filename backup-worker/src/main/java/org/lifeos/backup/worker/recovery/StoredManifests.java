package org.lifeos.backup.worker.recovery;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;
import org.lifeos.backup.worker.catalog.DumpFileName;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.FoundDump;

/** The backups of the default target as their manifests tell of them, nothing read but those. */
final class StoredManifests {
    /** A dump of a database that was still empty is the last to come back. */
    private static final Comparator<BackupManifest> TO_RECOVER =
            Comparator.comparing((BackupManifest manifest) -> manifest.tables() > 0)
                    .thenComparing(BackupManifest::snapshotAt);

    private final Attempt attempt;
    private final RecoveryParts parts;

    StoredManifests(Attempt attempt, RecoveryParts parts) {
        this.attempt = attempt;
        this.parts = parts;
    }

    /** The newest of the catalogue and of the mirror. */
    Optional<BackupManifest> newest() {
        Optional<BackupManifest> here =
                parts.catalogue()
                        .newestToRecover(TargetNames.DEFAULT)
                        .flatMap(backup -> parts.folder().manifestOf(backup.file().name()));
        Optional<BackupManifest> there = parts.mirror().flatMap(this::newestIn);
        return Stream.of(here, there).flatMap(Optional::stream).max(TO_RECOVER);
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

    /** The newest in a home folder, whoever's it is. */
    Optional<BackupManifest> newestIn(Path home) {
        BackupFolder folder = new BackupFolder(home);
        return dumpsOf(folder)
                .map(folder::manifestOf)
                .flatMap(Optional::stream)
                .filter(StoredManifests::isCandidate)
                .max(TO_RECOVER);
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
                && manifest.snapshotAt() != null;
    }
}
