package org.lifeos.backup.worker.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StorageFailure;
import org.lifeos.backup.worker.tool.ToolFailures;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * pg_dump while it writes an archive itself: only a file that it can seek in gets the places of its
 * tables, which a parallel restore needs.
 */
final class ArchiveDump {
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);
    private static final Pattern NO_SPACE =
            Pattern.compile("No space left on device|Disk quota exceeded");

    private final Attempt attempt;
    private final ToolProcess dump;
    private final Path file;
    private final Duration longestSilence;

    /**
     * @param longestSilence in which the file may not grow
     */
    ArchiveDump(Attempt attempt, ToolProcess dump, Path file, Duration longestSilence) {
        this.attempt = attempt;
        this.dump = dump;
        this.file = file;
        this.longestSilence = longestSilence;
    }

    /**
     * @throws ProblemException when pg_dump did not end well; then the file is worth nothing
     */
    void run() {
        long size = 0;
        long grewAt = System.nanoTime();
        OptionalInt exitCode = dump.awaitFor(LOOK_EVERY);
        while (exitCode.isEmpty()) {
            attempt.checkpoint();
            long now = size();
            if (now > size) {
                size = now;
                grewAt = System.nanoTime();
                attempt.progress(
                        new Progress(
                                "dump", size, null, null, "%,d bytes written".formatted(size)));
            }
            if (System.nanoTime() - grewAt > longestSilence.toNanos()) {
                throw new ProblemException(
                        ProblemCode.DUMP_STALLED,
                        "pg_dump wrote no byte for %d seconds."
                                .formatted(longestSilence.toSeconds()));
            }
            exitCode = dump.awaitFor(LOOK_EVERY);
        }
        attempt.checkpoint();
        if (exitCode.getAsInt() != 0) {
            ProblemCode otherwise =
                    NO_SPACE.matcher(dump.lastWords()).find()
                            ? ProblemCode.DISK_FULL
                            : ProblemCode.DUMP_FAILED;
            throw ToolFailures.of(dump, exitCode.getAsInt(), otherwise);
        }
    }

    private long size() {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw StorageFailure.of(file, e);
        }
    }
}
