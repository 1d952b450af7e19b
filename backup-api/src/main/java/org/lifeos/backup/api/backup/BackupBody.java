package org.lifeos.backup.api.backup;

import jakarta.validation.constraints.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.hibernate.validator.constraints.CodePointLength;
import org.lifeos.backup.api.request.Prose;
import org.lifeos.backup.api.target.KnownTarget;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.BackupRequest;
import org.lifeos.backup.target.TargetNames;

/** The body of {@code POST /backups}; every field may be left away. */
@Schema(name = "BackupRequest")
public record BackupBody(
        @Schema(
                        description = "The database to back up",
                        defaultValue = "lifeos",
                        examples = "lifeos")
                String target,
        @Schema(description = "Part of the file's name", examples = "before-42")
                @Pattern(
                        regexp = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
                        message =
                                "must be 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-', beginning with a letter or digit")
                String label,
        @Schema(
                        description = "Why, for those who read the list later",
                        maxLength = 500,
                        examples = "before migration 42")
                @CodePointLength(max = 500, message = "must not be longer than 500 characters")
                @Prose
                String reason,
        @Schema(
                        description = "plain is SQL for psql, custom an archive for pg_restore",
                        defaultValue = "plain")
                @Pattern(regexp = "plain|custom", message = "must be plain or custom")
                String format,
        @Schema(description = "Retention never removes a pinned backup", defaultValue = "false")
                Boolean pinned,
        @Schema(
                        description = "How far the backup is proven before the job succeeds",
                        defaultValue = "none")
                @Pattern(
                        regexp = "none|checksum|content|restore",
                        message = "must be none, checksum, content or restore")
                String verify) {

    BackupRequest toRequest(TargetNames targets, BackupKind kind) {
        return new BackupRequest(
                KnownTarget.of(targets, target),
                kind,
                label,
                reason,
                BackupFormat.byCode(format == null ? "plain" : format).orElseThrow(),
                Boolean.TRUE.equals(pinned),
                VerificationLevel.byCode(verify == null ? "none" : verify).orElseThrow());
    }
}
