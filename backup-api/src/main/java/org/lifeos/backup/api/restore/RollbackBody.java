package org.lifeos.backup.api.restore;

import jakarta.validation.constraints.NotNull;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The body of {@code POST /restores/{jobId}/rollback}. */
@Schema(name = "RollbackRequest")
public record RollbackBody(
        @Schema(
                        required = true,
                        description = "The name of the database that gets its former content back",
                        examples = "lifeos")
                @NotNull(message = "is missing: repeat the name of the database")
                String confirm) {}
