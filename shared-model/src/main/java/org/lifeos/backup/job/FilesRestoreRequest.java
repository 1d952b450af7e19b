package org.lifeos.backup.job;

import java.util.List;
import java.util.Optional;

/**
 * Copy folders back from the mirror.
 *
 * @param folders empty for all that are synced
 * @param dryRun only tell what would be copied
 */
public record FilesRestoreRequest(List<String> folders, FileConflict conflict, boolean dryRun)
        implements JobRequest {

    public FilesRestoreRequest {
        folders = folders == null ? List.of() : List.copyOf(folders);
        conflict = conflict == null ? FileConflict.KEEP_NEWER : conflict;
    }

    public static FilesRestoreRequest of(List<String> folders, boolean dryRun) {
        return new FilesRestoreRequest(folders, FileConflict.KEEP_NEWER, dryRun);
    }

    @Override
    public JobType type() {
        return JobType.FILES_RESTORE;
    }

    @Override
    public Optional<String> target() {
        return Optional.empty();
    }

    @Override
    public Optional<String> exclusiveKey() {
        return dryRun ? Optional.empty() : Optional.of("files/home");
    }
}
