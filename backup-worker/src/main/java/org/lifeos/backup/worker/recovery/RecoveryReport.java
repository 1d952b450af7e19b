package org.lifeos.backup.worker.recovery;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.RecoveryRequest;
import org.lifeos.backup.job.RecoveryResult;
import org.lifeos.backup.job.RecoveryResult.StepOutcome;

/** A recovery for those who ask later what was done, in Markdown. */
final class RecoveryReport {
    private static final DateTimeFormatter IN_NAMES =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");
    private static final int ID_DIGITS = 8;

    private RecoveryReport() {}

    /** The same for all attempts of a job, so that the last one's takes the place of the others. */
    static String fileName(Job job, RecoveryRequest request, ZoneId zone) {
        String id = job.id().toString();
        return "%s_%s_%s.md"
                .formatted(
                        request.rehearsal() ? "rehearsal" : "recovery",
                        IN_NAMES.withZone(zone).format(job.createdAt()),
                        id.substring(id.length() - ID_DIGITS));
    }

    static String text(
            Job job,
            RecoveryRequest request,
            RecoveryResult result,
            Optional<RecoveryPoint> point,
            Instant endedAt) {
        StringBuilder text = new StringBuilder();
        text.append(
                "# %s of %s%n%n"
                        .formatted(
                                request.rehearsal() ? "Rehearsal of a recovery" : "Recovery",
                                job.target()));
        line(text, "Outcome", result.failed().isPresent() ? "FAILED" : "SUCCEEDED");
        line(text, "Job", job.id() + ", asked for by " + job.requestedBy());
        line(text, "From", job.startedAt());
        line(text, "To", endedAt);
        line(
                text,
                request.rehearsal()
                        ? "A recovery would take, without the pull of models"
                        : "Recovery time",
                StepText.of(result.restoreDurationMs()));
        line(
                text,
                "Data of",
                point.map(found -> "%s (%s)".formatted(found.at(), found.file()))
                        .orElse("no backup"));
        if (result.recoveryPointAgeSeconds() != null) {
            line(text, "Age of the data", StepText.of(result.recoveryPointAgeSeconds() * 1000));
        }
        text.append("%n| step | outcome | time | what |%n| --- | --- | --- | --- |%n".formatted());
        for (StepOutcome step : result.steps()) {
            text.append(
                    "| %s | %s | %s | %s |%n"
                            .formatted(
                                    step.step().code(),
                                    step.state(),
                                    StepText.of(step.durationMs()),
                                    cell(step.detail())));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String label, Object value) {
        text.append("- %s: %s%n".formatted(label, cell(String.valueOf(value))));
    }

    private static String cell(String text) {
        return text.replaceAll("\\s+", " ").replace("|", "\\|");
    }
}
