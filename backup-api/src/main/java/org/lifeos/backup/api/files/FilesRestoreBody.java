package org.lifeos.backup.api.files;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.files.SyncedFolders;
import org.lifeos.backup.job.FileConflict;
import org.lifeos.backup.job.FilesRestoreRequest;
import org.lifeos.backup.problem.ProblemException;

/** The body of {@code POST /files/restores}. */
@Schema(name = "FilesRestoreRequest")
public record FilesRestoreBody(
        @Schema(
                        description =
                                "Of output, entity_previews, presets, data, uploads and backups/postgres those that are"
                                        + " wanted; all of them where it is left away",
                        examples = "[\"output\"]")
                List<String> folders,
        @Schema(
                        description =
                                "What becomes of a local file that differs: keep-newer lets the newer one stay,"
                                        + " overwrite takes the mirror's",
                        defaultValue = "keep-newer")
                @Pattern(
                        regexp = "keep-newer|overwrite",
                        message = "must be keep-newer or overwrite")
                String conflict,
        @Schema(description = "Only tell what would be copied", defaultValue = "false")
                Boolean dryRun,
        @Schema(required = true, description = "The word files", examples = "files")
                @NotNull(message = "is missing: repeat the word files")
                @Pattern(regexp = "files", message = "must be the word files")
                String confirm) {

    FilesRestoreRequest toRequest() {
        if (folders != null && folders.isEmpty()) {
            throw ProblemException.field("folders", "is empty; leave it away for all folders.");
        }
        List<String> wanted = folders == null ? List.of() : folders;
        for (String folder : wanted) {
            if (folder == null || !SyncedFolders.NAMES.contains(folder)) {
                throw ProblemException.field(
                        "folders",
                        "may hold %s, not '%s'."
                                .formatted(
                                        String.join(", ", SyncedFolders.NAMES),
                                        Fields.shown(String.valueOf(folder))));
            }
        }
        return new FilesRestoreRequest(
                wanted.stream().distinct().toList(),
                conflict == null
                        ? FileConflict.KEEP_NEWER
                        : FileConflict.byCode(conflict).orElseThrow(),
                Boolean.TRUE.equals(dryRun));
    }
}
