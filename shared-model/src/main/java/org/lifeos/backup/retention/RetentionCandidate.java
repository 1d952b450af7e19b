package org.lifeos.backup.retention;

import java.time.Instant;
import java.util.UUID;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;

/**
 * A stored backup as retention sees it.
 *
 * @param verification the last proof, or null
 * @param inUse a queued or running job needs it
 * @param rollbackPossible a safety backup whose restore can still be taken back
 */
public record RetentionCandidate(
        UUID backupId,
        String file,
        BackupKind kind,
        BackupState state,
        Instant snapshotAt,
        boolean pinned,
        Verification verification,
        boolean inUse,
        boolean rollbackPossible) {

    /** Whether it counts towards what is kept: whole, and not what a restore replaced. */
    boolean isGood() {
        return state == BackupState.AVAILABLE && kind != BackupKind.SAFETY;
    }

    boolean isRestoreVerified() {
        return isGood()
                && verification != null
                && verification.level() == VerificationLevel.RESTORE
                && verification.outcome() == Verification.Outcome.PASSED;
    }
}
