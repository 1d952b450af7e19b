package org.lifeos.backup.job;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a recovery came to, step by step; of one that failed the steps that it reached.
 *
 * @param restoreDurationMs from the beginning of the job's first attempt to the end of its last
 *     step; null for a dry run
 * @param recoveryPointAgeSeconds how old the backup of the database was when it was chosen; null
 *     where none was
 * @param backupId the backup that was chosen; null where none was, or it lies in the mirror alone
 * @param report name of the report in the backup folder; null for a dry run
 */
public record RecoveryResult(
        List<StepOutcome> steps,
        Long restoreDurationMs,
        Long recoveryPointAgeSeconds,
        UUID backupId,
        String report)
        implements JobResult {

    public RecoveryResult {
        steps = List.copyOf(steps);
    }

    /** How a step ended. */
    public enum StepState {
        SUCCEEDED,
        FAILED,
        /** Not begun: it needs a step that failed. */
        SKIPPED,
        /** What a dry run says of a step that a real run could do. */
        PLANNED,
        /** What a dry run says of a step that lacks something. */
        BLOCKED
    }

    /**
     * @param durationMs 0 for a step that was not begun
     * @param detail what was done, would be done, or is missing
     * @param code of the catalogue of problems; null unless the step failed or is blocked
     */
    public record StepOutcome(
            RecoveryStep step, StepState state, long durationMs, String detail, String code) {}

    public RecoveryResult reportedIn(String file) {
        return new RecoveryResult(
                steps, restoreDurationMs, recoveryPointAgeSeconds, backupId, file);
    }

    /** The first step that failed. */
    public Optional<StepOutcome> failed() {
        return steps.stream().filter(step -> step.state() == StepState.FAILED).findFirst();
    }
}
