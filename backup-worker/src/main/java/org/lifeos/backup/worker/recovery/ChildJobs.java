package org.lifeos.backup.worker.recovery;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobRequest;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.StopReason;
import org.lifeos.backup.worker.job.StoppedException;

/**
 * The jobs that a recovery starts and waits for. Each has a name within it, and by that its id: an
 * attempt that takes over from a lost one finds the same jobs, whatever became of them, and starts
 * none twice. They are tried again, cleaned up and excluded from each other like all jobs.
 */
final class ChildJobs {
    private static final Logger LOG = Logger.getLogger(ChildJobs.class);
    private static final String REQUESTER = "after:";
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    /** Longer than tools take to end; what a dead worker holds, its reaper ends. */
    private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(20);

    private final Database database;
    private final Jobs jobs;
    private final JobQueue queue;
    private final Set<UUID> known = new HashSet<>();
    private Duration earlier = Duration.ZERO;

    ChildJobs(Database database, JobQueue queue) {
        this.database = database;
        this.jobs = new Jobs(database);
        this.queue = queue;
    }

    /** A job of this recovery, if an attempt has started it. */
    Optional<Job> find(Attempt attempt, String name) {
        return jobs.find(UuidV7.derived(attempt.jobId(), name));
    }

    /** What a job of this recovery was told to do. */
    Optional<JobRequest> requestOf(Job child) {
        return jobs.requestOf(child.id());
    }

    /**
     * Starts a job, unless an attempt has, and waits for its end, whatever it is.
     *
     * @throws StoppedException when the recovery is to end; if it was cancelled, its jobs are too
     */
    Job run(Attempt attempt, String name, JobRequest request) {
        UUID id = UuidV7.derived(attempt.jobId(), name);
        Job begun =
                attempt.step(session ->
                        Jobs.find(session, id)
                                .orElseGet(() ->
                                        jobs.submit(
                                                session,
                                                new Submission(
                                                        id,
                                                        request,
                                                        requester(attempt.jobId()),
                                                        "recovery: " + name))));
        attempt.log("%s is job %s".formatted(name, id));
        if (known.add(id)) {
            earlier = earlier.plus(spentOn(begun));
        }
        try {
            return followed(attempt, name, id);
        } catch (StoppedException e) {
            if (attempt.stopReason() == StopReason.CANCELLED) {
                cancelAll(attempt.jobId());
            }
            throw e;
        }
    }

    /**
     * As {@link #run}, for a job that has to succeed.
     *
     * @throws ProblemException with what the job failed with
     */
    <T extends JobResult> T result(
            Attempt attempt, String name, JobRequest request, Class<T> shape) {
        Job ended = run(attempt, name, request);
        if (ended.state() != JobState.SUCCEEDED) {
            throw ChildFailure.of(name, ended);
        }
        return shape.cast(ended.result());
    }

    /** How long a job that was found has been at work before it was looked for. */
    private Duration spentOn(Job found) {
        if (found.startedAt() == null) {
            return Duration.ZERO;
        }
        Instant until = found.finishedAt() == null ? queue.now() : found.finishedAt();
        return Duration.between(found.startedAt(), until);
    }

    /** The time of jobs that attempts before this one have started, since this was last asked. */
    Duration takeEarlier() {
        Duration taken = earlier;
        earlier = Duration.ZERO;
        return taken;
    }

    private static String requester(UUID recovery) {
        return REQUESTER + recovery;
    }

    /** Whether a recovery has started this restore. */
    static boolean isOfARecovery(Job restore) {
        return restore.requestedBy().startsWith(REQUESTER);
    }

    private Job followed(Attempt attempt, String name, UUID id) {
        Duration pause = SHORTEST_PAUSE;
        while (true) {
            attempt.checkpoint();
            Optional<Job> job = look(id);
            if (job.isPresent() && job.get().state().ended()) {
                return job.get();
            }
            job.map(Job::progress).ifPresent(progress -> attempt.progress(of(name, progress)));
            LockSupport.parkNanos(pause.toNanos());
            pause = pause.multipliedBy(2);
            pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        }
    }

    /** While the database is away the job may go on: the lease tells how long that is all right. */
    private Optional<Job> look(UUID id) {
        try {
            return jobs.find(id);
        } catch (SqlFailure e) {
            if (!e.isUnavailable()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private static Progress of(String name, Progress progress) {
        return new Progress(
                name,
                progress.doneBytes(),
                progress.totalBytes(),
                progress.percent(),
                progress.phase() + ": " + progress.message());
    }

    /** Ends what a recovery started and is not over, and waits a while for that. */
    void cancelAll(UUID recovery) {
        try {
            jobs.unfinishedOf(requester(recovery)).forEach(child -> cancel(recovery, child));
            long end = System.nanoTime() + CANCEL_PATIENCE.toNanos();
            while (!jobs.unfinishedOf(requester(recovery)).isEmpty() && System.nanoTime() < end) {
                LockSupport.parkNanos(LONGEST_PAUSE.toNanos());
            }
        } catch (SqlFailure e) {
            LOG.warnf("jobs of recovery %s go on: %s", recovery, e.getMessage());
        }
    }

    private void cancel(UUID recovery, UUID child) {
        try {
            database.inTransaction(
                    session -> jobs.cancel(session, child, requester(recovery)).isPresent());
        } catch (ProblemException e) {
            LOG.infof("job %s of recovery %s: %s", child, recovery, e.detail());
        }
    }
}
