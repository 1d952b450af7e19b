package org.lifeos.backup.api.health;

import java.time.Instant;
import java.util.Comparator;
import java.util.UUID;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;

/**
 * A dump as it lies on the disk.
 *
 * @param name under the backup folder
 * @param sizeBytes of the file itself; 0 where there is none
 * @param manifest what the one beside it says; null where there is none that can be read
 * @param problem why it is no good backup, or null
 */
record DumpSeen(String name, long sizeBytes, ManifestSeen manifest, String problem) {
    static final Comparator<DumpSeen> NEWEST_FIRST =
            Comparator.comparing((DumpSeen dump) -> dump.manifest().snapshotAt()).reversed();

    /** The part of a manifest that tells how a backup stands. */
    record ManifestSeen(
            UUID backupId,
            String target,
            BackupKind kind,
            BackupFormat format,
            boolean pinned,
            DumpFile file,
            Instant snapshotAt,
            long durationMs,
            Verification verification) {

        boolean isComplete() {
            return target != null && kind != null && file != null && snapshotAt != null;
        }

        boolean isProvenBy(VerificationLevel least) {
            return verification != null
                    && verification.outcome() == Verification.Outcome.PASSED
                    && verification.level().compareTo(least) >= 0;
        }
    }

    boolean isOf(String target) {
        return manifest != null && manifest.target().equals(target);
    }

    /** Whether it counts as a backup: a safety one holds what a restore replaced. */
    boolean isGood() {
        return problem == null && manifest != null && manifest.kind() != BackupKind.SAFETY;
    }

    DumpSeen withProblem(String what) {
        return new DumpSeen(name, sizeBytes, manifest, what);
    }
}
