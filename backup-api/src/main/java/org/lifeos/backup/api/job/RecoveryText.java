package org.lifeos.backup.api.job;

import java.util.List;
import org.lifeos.backup.job.RecoveryResult;
import org.lifeos.backup.job.RecoveryResult.StepOutcome;

/** The result of a recovery for a terminal. */
final class RecoveryText {
    private RecoveryText() {}

    static String of(RecoveryResult result) {
        String time =
                result.restoreDurationMs() == null
                        ? "dry run"
                        : "%.1f s".formatted(result.restoreDurationMs() / 1000.0);
        String age =
                result.recoveryPointAgeSeconds() == null
                        ? "no backup"
                        : "data %,d s old".formatted(result.recoveryPointAgeSeconds());
        String report = result.report() == null ? "" : ", report " + result.report();
        return "%s, %s%s".formatted(time, age, report);
    }

    static List<String> items(RecoveryResult result) {
        return result.steps().stream().map(RecoveryText::item).toList();
    }

    private static String item(StepOutcome step) {
        return "%-11s %-9s %8.1f s  %s"
                .formatted(
                        step.step().code(),
                        step.state(),
                        step.durationMs() / 1000.0,
                        step.detail());
    }
}
