package org.lifeos.backup.api.backup;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.BackupRequest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;

/** The body of {@code POST /backups}; every field may be left away. */
@Schema(name = "BackupRequest")
public record BackupBody(
        @Schema(
                        description = "The database to back up",
                        defaultValue = "lifeos",
                        examples = "lifeos")
                String target,
        @Schema(
                        description = "Part of the file's name",
                        pattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
                        examples = "before-42")
                String label,
        @Schema(
                        description = "Why, for those who read the list later",
                        maxLength = 500,
                        examples = "before migration 42")
                String reason,
        @Schema(
                        description = "plain is SQL for psql",
                        enumeration = {"plain", "custom"},
                        defaultValue = "plain")
                String format,
        @Schema(description = "Retention never removes a pinned backup", defaultValue = "false")
                Boolean pinned,
        @Schema(
                        description = "How far the backup is proven before the job succeeds",
                        enumeration = {"none", "checksum", "content", "restore"},
                        defaultValue = "none")
                String verify) {
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final int LONGEST_REASON = 500;

    BackupRequest toRequest(TargetNames targets) {
        String targetName = target == null ? TargetNames.DEFAULT : target;
        if (!targets.contains(targetName)) {
            throw new ProblemException(
                    ProblemCode.UNKNOWN_TARGET,
                    "target '%s' is not known; known are %s."
                            .formatted(
                                    Fields.shown(targetName), String.join(", ", targets.names())));
        }
        return new BackupRequest(
                targetName,
                BackupKind.MANUAL,
                Fields.matching(
                        "label",
                        label,
                        LABEL,
                        "1 to 64 of A-Z, a-z, 0-9, '.', '_', '-', beginning with a letter or digit"),
                Fields.prose("reason", reason, LONGEST_REASON),
                availableFormat(),
                Boolean.TRUE.equals(pinned),
                availableVerification());
    }

    private BackupFormat availableFormat() {
        BackupFormat wanted =
                Fields.oneOf(
                        "format",
                        format,
                        BackupFormat.PLAIN,
                        BackupFormat.values(),
                        BackupFormat::code);
        if (wanted == BackupFormat.CUSTOM) {
            throw new ProblemException(
                    ProblemCode.NOT_AVAILABLE, "format 'custom' is not available yet; 'plain' is.");
        }
        return wanted;
    }

    private VerificationLevel availableVerification() {
        VerificationLevel wanted =
                Fields.oneOf(
                        "verify",
                        verify,
                        VerificationLevel.NONE,
                        VerificationLevel.values(),
                        VerificationLevel::code);
        if (wanted == VerificationLevel.RESTORE) {
            throw new ProblemException(
                    ProblemCode.NOT_AVAILABLE,
                    "verify 'restore' is not available yet; %s are."
                            .formatted(
                                    String.join(
                                            ", ",
                                            Arrays.stream(VerificationLevel.values())
                                                    .filter(level ->
                                                            level != VerificationLevel.RESTORE)
                                                    .map(VerificationLevel::code)
                                                    .toList())));
        }
        return wanted;
    }
}
