package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.tool.ToolProcess;

/** What it means when rsync did not end well (rsync(1), exit values). */
final class CopyFailure {
    private static final Pattern FULL =
            Pattern.compile("No space left on device|Disk quota exceeded");

    private static final int NOT_ALL_READ = 23;
    private static final int VANISHED = 24;

    private CopyFailure() {}

    /**
     * @throws ProblemException when the exit code is not 0
     */
    static void check(Attempt attempt, ToolProcess rsync, int exitCode) {
        attempt.checkpoint();
        if (exitCode == 0) {
            return;
        }
        String said = rsync.lastWords();
        boolean full = FULL.matcher(said).find();
        throw new ProblemException(
                full ? ProblemCode.DISK_FULL : ProblemCode.FILES_COPY_FAILED,
                "rsync ended with exit code %d. %s"
                        .formatted(exitCode, said.isEmpty() ? "It said nothing." : said));
    }

    /**
     * As {@link #check}; what vanished from the mirror while it was copied is no failure, as
     * nothing is missing then.
     */
    static void checkCopy(Attempt attempt, ToolProcess rsync, int exitCode) {
        if (exitCode == VANISHED) {
            attempt.checkpoint();
        } else {
            check(attempt, rsync, exitCode);
        }
    }

    /**
     * As {@link #checkCopy}, where only names and times were read: what cannot be read by us is
     * told.
     *
     * @return what could not be read; empty when all could
     */
    static Optional<String> checkReading(Attempt attempt, ToolProcess rsync, int exitCode) {
        if (exitCode == NOT_ALL_READ) {
            attempt.checkpoint();
            return Optional.of(rsync.lastWords());
        }
        checkCopy(attempt, rsync, exitCode);
        return Optional.empty();
    }

    /** The pipe to rsync broke: it was ended, or the worker stops. */
    static ProblemException of(Attempt attempt, IOException e) {
        attempt.checkpoint();
        return new ProblemException(
                ProblemCode.FILES_COPY_FAILED, "rsync was cut off: " + e.getMessage(), e);
    }
}
