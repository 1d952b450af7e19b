package org.lifeos.backup.worker.job;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;

/** A handler of backup jobs that does what a test wrote, and notes what it was asked for. */
final class WrittenHandler implements JobHandler {
    /** What it does in an attempt. */
    @FunctionalInterface
    interface Work {
        void run(Attempt attempt) throws Exception;
    }

    /** What it does after a lost worker. */
    @FunctionalInterface
    interface CleanUp {
        boolean apply(Attempt reaping) throws OutcomeUnknownException;
    }

    private final Work work;
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private CleanUp cleanUp = _ -> false;
    private Function<LeasedJob, String> note = _ -> "";

    WrittenHandler(Work work) {
        this.work = work;
    }

    /** Has the clean-up after a lost worker do something, and answer whether all is published. */
    WrittenHandler cleaningUp(CleanUp action) {
        cleanUp = action;
        return this;
    }

    /** Adds a remark to each call that is noted. */
    WrittenHandler noting(Function<LeasedJob, String> remark) {
        note = remark;
        return this;
    }

    /** What it was asked for, in order: {@code run 1} with the attempt, then the remark. */
    List<String> calls() {
        return calls;
    }

    @Override
    public JobType type() {
        return JobType.POSTGRES_BACKUP;
    }

    @Override
    public void run(Attempt attempt) throws Exception {
        called("run " + attempt.lease().attempt(), attempt.job());
        try {
            work.run(attempt);
        } catch (AssertionError e) {
            // the worker takes it for a failed attempt; the test shall not
            calls.add("false assertion: " + e.getMessage());
            throw e;
        }
    }

    @Override
    public boolean cleanUp(Attempt reaping) throws OutcomeUnknownException {
        called("cleanUp", reaping.job());
        return cleanUp.apply(reaping);
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        // leaves nothing
    }

    @Override
    public void discard(LeasedJob job) {
        called("discard", job);
    }

    private void called(String what, LeasedJob job) {
        calls.add((what + " " + note.apply(job)).strip());
    }
}
