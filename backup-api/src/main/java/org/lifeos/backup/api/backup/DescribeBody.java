package org.lifeos.backup.api.backup;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.hibernate.validator.constraints.CodePointLength;
import org.lifeos.backup.api.request.Prose;

/** The body of {@code PATCH /backups/{id}}: what is left away stays as it is. */
@Schema(name = "BackupDescription")
public record DescribeBody(
        @Schema(description = "Retention never removes a pinned backup") Boolean pinned,
        @Schema(
                        description = "Why the backup is there",
                        maxLength = 500,
                        examples = "before the move")
                @CodePointLength(max = 500, message = "must not be longer than 500 characters")
                @Prose
                String reason) {}
