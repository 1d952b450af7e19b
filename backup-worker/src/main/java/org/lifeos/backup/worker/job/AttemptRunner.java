package org.lifeos.backup.worker.job;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.Failure;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.sql.SqlFailure;

/**
 * Runs one attempt from its claim to its end, and cleans up behind attempts whose worker is lost.
 */
final class AttemptRunner {
    private static final Logger LOG = Logger.getLogger(AttemptRunner.class);

    private final Map<JobType, JobHandler> handlers;
    private final JobQueue queue;
    private final JobLog jobLog;
    private final Heartbeats heartbeats;
    private final RetryDelay retryDelay;
    private final Redaction redaction;
    private final LeaseLosses losses = new LeaseLosses();

    AttemptRunner(
            List<JobHandler> handlers,
            JobQueue queue,
            JobLog jobLog,
            Heartbeats heartbeats,
            RetryDelay retryDelay,
            Redaction redaction) {
        this.handlers =
                handlers.stream().collect(Collectors.toMap(JobHandler::type, Function.identity()));
        this.queue = queue;
        this.jobLog = jobLog;
        this.heartbeats = heartbeats;
        this.retryDelay = retryDelay;
        this.redaction = redaction;
    }

    /** The types of jobs that this worker can run. */
    Set<JobType> types() {
        return handlers.keySet();
    }

    void run(LeasedJob job) {
        Attempt attempt = new Attempt(job, queue, jobLog, redaction);
        JobHandler handler = handlers.get(job.job().type());
        try (Attempt.Registration _ = heartbeats.keep(attempt)) {
            LOG.infof("%s: started", job);
            if (job.cancelRequested()) {
                attempt.stop(StopReason.CANCELLED);
            }
            // whoever asked for the job's end since the claim was heard by nobody
            heartbeats.beat(attempt.jobId());
            try {
                // one that cannot be read ends here, not in every worker that comes by
                job.request();
                handler.run(attempt);
                LOG.infof("job %s: succeeded", attempt.jobId());
            } catch (OutcomeUnknownException e) {
                LOG.warnf("job %s: %s; left to the reaper", attempt.jobId(), e.getMessage());
            } catch (Throwable thrown) {
                end(attempt, handler, thrown);
            } finally {
                attempt.flush();
            }
        }
    }

    private void end(Attempt attempt, JobHandler handler, Throwable thrown) {
        attempt.flush();
        LeasedJob job = attempt.job();
        StopReason stopped = attempt.stopReason();
        String outcome =
                switch (stopped) {
                    case CANCELLED -> {
                        yield written(
                                "cancelled",
                                () -> queue.cancelled(job.lease(), () -> handler.discard(job)));
                    }
                    case WORKER_STOPS -> written("handed back", () -> queue.handBack(job.lease()));
                    case LEASE_LOST -> {
                        losses.own();
                        yield "stopped, another worker has taken it over";
                    }
                    case null -> failed(job, handler, failureOf(attempt, thrown), thrown);
                };
        LOG.infof("job %s: %s", attempt.jobId(), outcome);
    }

    private static JobResult partOf(Throwable thrown) {
        return thrown instanceof PartialResultException partial ? partial.result() : null;
    }

    private static boolean triedEnough(Throwable thrown) {
        return thrown instanceof PartialResultException partial && partial.triedEnough();
    }

    private String failed(LeasedJob job, JobHandler handler, Failure failure, Throwable thrown) {
        if (failure.retryable() && job.mayBeTriedAgain() && !triedEnough(thrown)) {
            return written(
                    "attempt %d failed, tried again: %s: %s"
                            .formatted(job.job().attempt(), failure.code(), failure.detail()),
                    () -> queue.retry(job.lease(), failure, retryDelay.after(job.job().attempt())));
        }
        return written(
                "failed: %s: %s".formatted(failure.code(), failure.detail()),
                () -> queue.fail(job.lease(), failure, partOf(thrown), () -> handler.discard(job)));
    }

    /**
     * Writes how the attempt ended. When the database is away, the lease runs out and a reaper
     * writes it.
     */
    private static String written(String outcome, BooleanSupplier write) {
        try {
            return write.getAsBoolean()
                    ? outcome
                    : outcome + ", but another worker has taken it over";
        } catch (SqlFailure e) {
            return "%s, but that could not be written (%s); left to the reaper"
                    .formatted(outcome, e.getMessage());
        }
    }

    private Failure failureOf(Attempt attempt, Throwable thrown) {
        return switch (thrown) {
            case PartialResultException partial -> failureOf(attempt, partial.problem());
            case ProblemException problem ->
                    Failure.of(problem.code(), attempt.redact(problem.detail()));
            case SqlFailure failure when failure.isUnavailable() ->
                    Failure.of(
                            ProblemCode.SERVICE_DATABASE_UNAVAILABLE,
                            attempt.redact(
                                    "The worker lost its database: " + failure.getMessage()));
            default -> {
                LOG.errorf(thrown, "job %s: a mistake of the worker", attempt.jobId());
                yield Failure.of(
                        ProblemCode.INTERNAL_WORKER_ERROR,
                        attempt.redact(
                                "%s: %s"
                                        .formatted(
                                                thrown.getClass().getSimpleName(),
                                                thrown.getMessage())));
            }
        };
    }

    /**
     * Removes what attempts left that are over, whoever ran them and whether or not their job is
     * known any more.
     */
    void cleanAtStart() {
        handlers.values().forEach(handler -> handler.cleanLeftovers(queue::mayBeAtWork));
    }

    /** Cleans up behind a lost worker, then lets the job go on or end. */
    void recover(LeasedJob job) {
        Attempt attempt = new Attempt(job, queue, jobLog, redaction);
        JobHandler handler = handlers.get(job.job().type());
        try (Attempt.Registration _ = heartbeats.keep(attempt)) {
            losses.reaped();
            LOG.warnf("%s: worker %s is lost, cleaning up", job, job.job().worker());
            boolean published = cleanedUp(handler, attempt);
            if (attempt.stopReason() == StopReason.LEASE_LOST) {
                return;
            }
            if (published && !job.cancelRequested()) {
                queue.offerForAdoption(job.lease());
                return;
            }
            queue.afterLoss(job, () -> handler.discard(job));
        } catch (OutcomeUnknownException e) {
            LOG.warnf("job %s: %s; looked at again later", attempt.jobId(), e.getMessage());
            attempt.log("looked at again later: " + e.getMessage());
            attempt.flush();
        } catch (StoppedException e) {
            LOG.infof("job %s: clean-up %s", attempt.jobId(), e.getMessage());
            if (attempt.stopReason() == StopReason.CANCELLED) {
                queue.cancelled(job.lease(), () -> handler.discard(job));
            }
        }
    }

    /** What cannot be cleaned must not keep the job from its end: a later look removes it. */
    private static boolean cleanedUp(JobHandler handler, Attempt attempt)
            throws OutcomeUnknownException {
        try {
            return handler.cleanUp(attempt);
        } catch (ProblemException e) {
            LOG.warnf("job %s: not cleaned up: %s", attempt.jobId(), e.detail());
            return false;
        }
    }
}
