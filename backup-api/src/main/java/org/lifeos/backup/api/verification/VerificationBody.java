package org.lifeos.backup.api.verification;

import jakarta.validation.constraints.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.catalog.VerificationLevel;

/** The body of {@code POST /backups/{id}/verifications}. */
@Schema(name = "VerificationRequest")
public record VerificationBody(
        @Schema(
                        description =
                                "checksum: the file's bytes; content: also, it reads to its end; restore: also, a trial"
                                        + " restore has the same content",
                        defaultValue = "restore",
                        examples = "content")
                @Pattern(
                        regexp = "checksum|content|restore",
                        message = "must be checksum, content or restore")
                String level) {

    VerificationLevel wanted() {
        return level == null
                ? VerificationLevel.RESTORE
                : VerificationLevel.byCode(level).orElseThrow();
    }
}
