package org.lifeos.backup.job;

import java.time.Instant;
import java.util.List;

/**
 * What the synced folders hold, and how their copy in the mirror differs.
 *
 * @param seed of the choice of files whose content was compared: with it the same files are chosen
 *     again
 */
public record FilesCheckResult(
        Instant checkedAt, long seed, Mirror mirror, List<CheckedFolder> folders)
        implements JobResult {

    public FilesCheckResult {
        folders = List.copyOf(folders);
    }

    /**
     * @param path where the copy is seen; null where no mirror is configured
     * @param lagSeconds how long a file takes from here to there, as measured; null where that is
     *     not known
     * @param problem why it proves nothing; null where it does
     */
    public record Mirror(String path, Long lagSeconds, String problem) {}

    /**
     * @param files how many, with links; without what Synology and this service keep for themselves
     * @param newest when the youngest file was last written; null where there is none
     * @param lagSeconds the mirror's, or the age of the oldest difference; null where nothing is
     *     proven
     * @param differences the first of them, a sentence each
     * @param differenceCount how many there are
     * @param comparedByContent of how many files the content was compared
     * @param neverProtected names that Synology does not sync, the first of them
     * @param neverProtectedCount how many there are
     */
    public record CheckedFolder(
            String folder,
            long files,
            long bytes,
            Instant newest,
            MirrorState mirrorState,
            Long lagSeconds,
            List<String> differences,
            long differenceCount,
            int comparedByContent,
            List<String> neverProtected,
            long neverProtectedCount) {

        public CheckedFolder {
            differences = List.copyOf(differences);
            neverProtected = List.copyOf(neverProtected);
        }
    }
}
