package org.lifeos.backup.worker.files;

import java.time.InstantSource;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.random.RandomGenerator;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;

/** Compares folders and mirror. It changes nothing, so there is nothing to clean up. */
public final class FilesCheckHandler implements JobHandler {
    private final FilesSettings settings;
    private final InstantSource clock;

    public FilesCheckHandler(FilesSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public JobType type() {
        return JobType.FILES_CHECK;
    }

    @Override
    public void run(Attempt attempt) {
        long seed = RandomGenerator.getDefault().nextLong(1L << 53);
        FilesCheckResult result = new FilesCheck(attempt, settings, clock, seed).run();
        attempt.succeed(_ -> result);
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        // it makes nothing of its own
    }

    @Override
    public void discard(LeasedJob job) {
        // it makes nothing of its own
    }
}
