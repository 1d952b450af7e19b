package org.lifeos.backup.api.recovery;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.job.RecoveryRequest;
import org.lifeos.backup.job.RecoveryStep;
import org.lifeos.backup.problem.ProblemException;

/** The body of {@code POST /recoveries}. */
@Schema(name = "RecoveryRequest")
public record RecoveryBody(
        @Schema(
                        description =
                                "Of files, database, ollama and checks those that are wanted, all of them where it is"
                                        + " left away; they are done in this order",
                        examples = "[\"files\", \"database\"]")
                List<String> steps,
        @Schema(
                        description = "Only tell what each step would do, and what is missing",
                        defaultValue = "false")
                Boolean dryRun,
        @Schema(
                        description =
                                "Recover into a scratch database and a scratch folder, measure it, and keep nothing",
                        defaultValue = "false")
                Boolean rehearsal,
        @Schema(
                        description =
                                "Also replace a database whose tables hold something else than the backup",
                        defaultValue = "false")
                Boolean replace,
        @Schema(required = true, description = "The word recover", examples = "recover")
                @NotNull(message = "is missing: repeat the word recover")
                @Pattern(regexp = "recover", message = "must be the word recover")
                String confirm) {

    RecoveryRequest toRequest() {
        if (is(dryRun) && is(rehearsal)) {
            throw ProblemException.field(
                    "rehearsal", "changes nothing as it is; leave it or dryRun away.");
        }
        if (is(replace) && is(rehearsal)) {
            throw ProblemException.field(
                    "replace", "is not for a rehearsal, which replaces nothing.");
        }
        return new RecoveryRequest(wanted(), is(dryRun), is(rehearsal), is(replace));
    }

    private List<RecoveryStep> wanted() {
        if (steps == null) {
            return List.of();
        }
        if (steps.isEmpty()) {
            throw ProblemException.field("steps", "is empty; leave it away for all steps.");
        }
        return steps.stream().map(RecoveryBody::step).distinct().toList();
    }

    private static RecoveryStep step(String code) {
        return RecoveryStep.askable(code)
                .orElseThrow(() ->
                        ProblemException.field(
                                "steps",
                                "may hold %s, not '%s'."
                                        .formatted(
                                                RecoveryStep.ASKABLE.stream()
                                                        .map(RecoveryStep::code)
                                                        .collect(Collectors.joining(", ")),
                                                Fields.shown(String.valueOf(code)))));
    }

    private static boolean is(Boolean flag) {
        return Boolean.TRUE.equals(flag);
    }
}
