package org.lifeos.backup.worker.recovery;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.files.FolderRemoval;

/**
 * Where a rehearsal puts the folders that it copies: beside the real ones, because they are as
 * large, under a name that is not synced and tells whose it is.
 */
final class ScratchPlace {
    private static final Logger LOG = Logger.getLogger(ScratchPlace.class);
    private static final String PREFIX = ".rehearsal.";
    private static final Pattern NAME =
            Pattern.compile(
                    "\\.rehearsal\\.(?<job>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?<attempt>\\d{1,9})");

    private final Path place;

    ScratchPlace(Path home) {
        this.place = home.resolve("backups");
    }

    /**
     * @throws ProblemException when it cannot be made
     */
    Path make(Lease lease) {
        Path scratch = place.resolve("%s%s-%d".formatted(PREFIX, lease.jobId(), lease.attempt()));
        try {
            Files.createDirectories(place);
            return Files.createDirectory(
                    scratch,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "%s cannot be made: %s".formatted(scratch, e.getMessage()),
                    e);
        }
    }

    /** Removes those of all attempts that the predicate of job and attempt accepts. */
    void remove(BiPredicate<UUID, Integer> isOver) {
        if (!Files.isDirectory(place)) {
            return;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(place, PREFIX + "*")) {
            for (Path scratch : found) {
                Matcher owner = NAME.matcher(scratch.getFileName().toString());
                if (owner.matches()
                        && isOver.test(
                                UUID.fromString(owner.group("job")),
                                Integer.parseInt(owner.group("attempt")))) {
                    FolderRemoval.remove(scratch);
                }
            }
        } catch (IOException e) {
            LOG.warnf("%s cannot be listed: %s", place, e.getMessage());
        }
    }
}
