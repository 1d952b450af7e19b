package org.lifeos.backup.worker.job;

import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;

/** Runs the jobs of one type: a feature's entrance on the worker's side. */
public interface JobHandler {

    JobType type();

    /**
     * Does the work and ends the job by {@link Attempt#succeed}. Whatever it throws, it leaves
     * nothing of its own behind: no partial file, no child process, no session.
     */
    void run(Attempt attempt) throws Exception;

    /**
     * Removes what attempts of the job left behind whose worker is lost. Called under a new lease,
     * in whatever process.
     *
     * @return whether the job's work is already published whole, so that another attempt only has
     *     to adopt it
     */
    boolean cleanUp(LeasedJob job);

    /**
     * Removes what attempts left behind, whoever ran them, when a worker starts.
     *
     * @param mayBeAtWork whether this attempt of a job may still be running somewhere: then all of
     *     it stays
     */
    void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork);

    /** Removes all that the job ever made, before it ends FAILED or CANCELLED. */
    void discard(LeasedJob job);
}
