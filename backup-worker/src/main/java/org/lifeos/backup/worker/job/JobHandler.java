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
     * in whatever process. Files that a later attempt may have made too are removed by {@link
     * Attempt#whileHeld} alone.
     *
     * @param reaping holds the lost attempt's number under the reaper's lease
     * @return whether the job's work is already published whole, so that another attempt only has
     *     to adopt it
     * @throws OutcomeUnknownException when it cannot be told now whether the work is out in the
     *     world: the job stays as it is, for a later look
     */
    boolean cleanUp(Attempt reaping) throws OutcomeUnknownException;

    /**
     * Removes what attempts left behind, whoever ran them, when a worker starts.
     *
     * @param mayBeAtWork whether this attempt of a job may still be running somewhere: then all of
     *     it stays
     */
    void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork);

    /**
     * Removes all that the job ever made, before it ends FAILED or CANCELLED. Called while the
     * job's row is locked for its lease; the request may be one that cannot be read.
     */
    void discard(LeasedJob job);
}
