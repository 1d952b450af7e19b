package org.lifeos.backup.job;

import java.util.List;

/**
 * What was copied back from the mirror, or would be.
 *
 * @param files how many files and links, of all folders
 * @param bytes how many bytes, of all folders
 */
public record FilesRestoreResult(List<Folder> folders, long files, long bytes, boolean dryRun)
        implements JobResult {

    public FilesRestoreResult {
        folders = List.copyOf(folders);
    }

    public static FilesRestoreResult of(List<Folder> folders, boolean dryRun) {
        return new FilesRestoreResult(
                folders,
                folders.stream().mapToLong(Folder::files).sum(),
                folders.stream().mapToLong(Folder::bytes).sum(),
                dryRun);
    }

    /**
     * @param inMirror false when the mirror has no such folder; then nothing was to be copied
     * @param files how many files and links were copied, or would be
     * @param bytes their size
     * @param keptNewer how many files stayed because they are newer than the mirror's
     */
    public record Folder(String folder, boolean inMirror, long files, long bytes, long keptNewer) {}
}
