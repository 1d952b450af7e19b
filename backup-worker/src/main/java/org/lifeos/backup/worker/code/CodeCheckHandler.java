package org.lifeos.backup.worker.code;

import java.time.InstantSource;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;

/** Checks the code; the job succeeds whatever the check finds. */
public final class CodeCheckHandler implements JobHandler {
    private final CodeCheck check;

    public CodeCheckHandler(CodeCheck check) {
        this.check = check;
    }

    @Override
    public JobType type() {
        return JobType.CODE_CHECK;
    }

    @Override
    public void run(Attempt attempt) {
        CodeCheckResult result = check.run(attempt);
        result.problems().forEach(attempt::log);
        attempt.succeed(_ -> result);
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        ScratchFolder.removeAll((job, number) ->
                job.equals(reaping.jobId()) && number <= reaping.lease().attempt());
        return false;
    }

    /** Those of every job that checked the code, whatever its type. */
    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        ScratchFolder.removeOld(mayBeAtWork, InstantSource.system().instant());
    }

    @Override
    public void discard(LeasedJob job) {}
}
