package org.lifeos.backup.worker.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** What it means that a file or folder could not be written. */
public final class StorageFailure {
    /** A file system with less than this free took nothing more. */
    private static final long FULL_BELOW_BYTES = 1L << 20;

    private StorageFailure() {}

    /** A full disk, or something else with the storage. */
    public static ProblemException of(Path path, IOException e) {
        return of(path, e, ProblemCode.STORAGE_FAILED, "could not be written");
    }

    static ProblemException of(Path path, IOException e, ProblemCode otherwise, String what) {
        return new ProblemException(
                isDiskFull(path, e) ? ProblemCode.DISK_FULL : otherwise,
                "%s %s: %s (%s)."
                        .formatted(path, what, e.getMessage(), e.getClass().getSimpleName()),
                e);
    }

    /**
     * Java tells the reason in the words of the machine's language alone. So the disk is asked too,
     * before anything is removed from it; only a quota is known by its English words.
     */
    private static boolean isDiskFull(Path path, IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left on device")
                || message.contains("Disk quota exceeded")
                || isFull(path);
    }

    private static boolean isFull(Path path) {
        return Stream.iterate(path, folder -> folder != null, Path::getParent)
                .filter(Files::exists)
                .findFirst()
                .map(StorageFailure::usableBytes)
                .filter(bytes -> bytes < FULL_BELOW_BYTES)
                .isPresent();
    }

    private static long usableBytes(Path existing) {
        try {
            return Files.getFileStore(existing).getUsableSpace();
        } catch (IOException e) {
            // nothing is known about it
            return Long.MAX_VALUE;
        }
    }
}
