package org.lifeos.backup.api.restore;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.api.target.KnownTarget;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.job.RestoreMode;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;

/** The body of {@code POST /restores}. */
@Schema(name = "RestoreRequest")
public record RestoreBody(
        @Schema(required = true, description = "The id of a backup, or latest", examples = "latest")
                @NotNull(message = "is missing: give a backup's id, or 'latest'")
                String backup,
        @Schema(
                        description =
                                "On whose server to restore; the backup's own target where it is left away",
                        examples = "lifeos")
                String target,
        @Schema(
                        description =
                                "swap replaces the target's database, new-database restores beside it",
                        defaultValue = "swap")
                @Pattern(regexp = "swap|new-database", message = "must be swap or new-database")
                String mode,
        @Schema(
                        description = "With new-database: its name, which no database has yet",
                        examples = "lifeos_copy")
                String database,
        @Schema(
                        required = true,
                        description =
                                "The name of the database that will hold the result, once more",
                        examples = "lifeos_copy")
                @NotNull(
                        message =
                                "is missing: repeat the name of the database that will hold the result")
                String confirm,
        @Schema(
                        description =
                                "With new-database: restores what it can and lists what failed",
                        defaultValue = "false")
                Boolean tolerateErrors) {
    private static final int LONGEST_NAME_BYTES = 63;

    RestoreMode restoreMode() {
        return mode == null ? RestoreMode.SWAP : RestoreMode.byCode(mode).orElseThrow();
    }

    /** What is wrong whatever the backup is. */
    void requireConsistent() {
        if (restoreMode() == RestoreMode.SWAP) {
            requireSwap();
        } else {
            requireName();
            if (!confirm.equals(database)) {
                throw ProblemException.field(
                        "confirm",
                        "must be the name in database, '%s'.".formatted(Fields.shown(database)));
            }
        }
    }

    private void requireSwap() {
        if (database != null) {
            throw ProblemException.field(
                    "database", "is for mode new-database; a swap keeps the target's name.");
        }
        if (Boolean.TRUE.equals(tolerateErrors)) {
            throw ProblemException.field(
                    "tolerateErrors",
                    "is for mode new-database; a swap takes nothing but a whole restore.");
        }
    }

    private void requireName() {
        if (database == null) {
            throw ProblemException.field("database", "is missing: name the new database.");
        }
        if (database.isEmpty()
                || !StandardCharsets.UTF_8.newEncoder().canEncode(database)
                || database.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME_BYTES
                || database.indexOf('\0') >= 0) {
            throw ProblemException.field("database", "must be 1 to 63 bytes of UTF-8 without NUL.");
        }
    }

    RestoreRequest toRequest(TargetNames targets, Function<String, Backup> find) {
        Backup found = find.apply(KnownTarget.of(targets, target));
        return new RestoreRequest(
                found.id(),
                KnownTarget.of(targets, target == null ? found.target() : target),
                restoreMode(),
                confirm,
                Boolean.TRUE.equals(tolerateErrors));
    }
}
