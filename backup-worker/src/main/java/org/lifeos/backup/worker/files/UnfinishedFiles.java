package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.lifeos.backup.files.SyncedFolders;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * Where files lie while they are copied: in each folder one of its own, so that they get their
 * names by a rename, under a name that is not synced and tells whose it is.
 */
final class UnfinishedFiles {
    private static final Logger LOG = Logger.getLogger(UnfinishedFiles.class);
    private static final String PREFIX = ".files-restore.";
    static final String PATTERN = PREFIX + "*";
    private static final Pattern NAME =
            Pattern.compile(
                    "\\.files-restore\\.(?<job>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?<attempt>\\d{1,9})");

    private UnfinishedFiles() {}

    /**
     * @throws ProblemException when it cannot be made
     */
    static Path in(Path folder, Lease lease) {
        Path place = folder.resolve("%s%s-%d".formatted(PREFIX, lease.jobId(), lease.attempt()));
        try {
            return Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)
                    ? place
                    : Files.createDirectory(
                            place,
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "%s cannot be written: %s".formatted(folder, e.getMessage()),
                    e);
        }
    }

    /** Removes those in the synced folders whose job and attempt the predicate accepts. */
    static void remove(Path home, BiPredicate<UUID, Integer> isOver) {
        for (String name : SyncedFolders.NAMES) {
            Path folder = home.resolve(name);
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PATTERN)) {
                for (Path place : found) {
                    Matcher owner = NAME.matcher(place.getFileName().toString());
                    if (owner.matches()
                            && isOver.test(
                                    UUID.fromString(owner.group("job")),
                                    Integer.parseInt(owner.group("attempt")))) {
                        FolderRemoval.remove(place);
                    }
                }
            } catch (IOException e) {
                LOG.warnf("%s cannot be listed: %s", folder, e.getMessage());
            }
        }
    }
}
