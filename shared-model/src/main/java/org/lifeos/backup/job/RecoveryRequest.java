package org.lifeos.backup.job;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.target.TargetNames;

/**
 * Bring back what was lost: folders, database, models.
 *
 * @param steps what is wanted; empty for all
 * @param dryRun only tell what each step would do
 * @param rehearsal recover into scratch places, measure it, and keep nothing of it
 * @param replace also replace a database that holds something else than the backup
 */
public record RecoveryRequest(
        List<RecoveryStep> steps, boolean dryRun, boolean rehearsal, boolean replace)
        implements JobRequest {

    public RecoveryRequest {
        steps = steps == null ? List.of() : List.copyOf(steps);
    }

    /** All steps of it, in their order. */
    public List<RecoveryStep> allSteps() {
        return Arrays.stream(RecoveryStep.values()).filter(this::includes).toList();
    }

    private boolean includes(RecoveryStep step) {
        return RecoveryStep.ASKABLE.contains(step)
                ? steps.isEmpty() || steps.contains(step)
                : rehearsal;
    }

    @Override
    public JobType type() {
        return JobType.RECOVERY;
    }

    /** The other targets are not life-os, and are restored one by one. */
    @Override
    public Optional<String> target() {
        return Optional.of(TargetNames.DEFAULT);
    }

    /**
     * Not the target's: the restore within a recovery is a job of its own, and has that. No target
     * can be called so.
     */
    @Override
    public Optional<String> exclusiveKey() {
        return dryRun ? Optional.empty() : Optional.of("recovery/lifeos");
    }
}
