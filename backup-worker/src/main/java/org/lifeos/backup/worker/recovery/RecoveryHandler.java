package org.lifeos.backup.worker.recovery;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.RecoveryRequest;
import org.lifeos.backup.job.RecoveryResult;
import org.lifeos.backup.job.RecoveryResult.StepOutcome;
import org.lifeos.backup.job.RecoveryResult.StepState;
import org.lifeos.backup.job.RecoveryStep;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.job.PartialResultException;
import org.lifeos.backup.worker.restore.SideDatabaseCleaner;

/**
 * Brings a lost machine's folders, database and models back, step by step. A step that fails stops
 * those that need it and no other; the job fails in the end if one did, and its result tells of
 * all. A recovery that was killed goes on where it was, because each of its parts is a job of its
 * own that is found again.
 */
public final class RecoveryHandler implements JobHandler {
    private static final Logger LOG = Logger.getLogger(RecoveryHandler.class);

    private final RecoveryParts parts;
    private final SideDatabaseCleaner sideDatabases;

    public RecoveryHandler(RecoveryParts parts, SideDatabaseCleaner sideDatabases) {
        this.parts = parts;
        this.sideDatabases = sideDatabases;
    }

    @Override
    public JobType type() {
        return JobType.RECOVERY;
    }

    @Override
    public void run(Attempt attempt) {
        RecoveryRequest request = (RecoveryRequest) attempt.job().request();
        RecoveryResult result = result(attempt, request);
        Optional<StepOutcome> failed = result.failed();
        if (failed.isPresent()) {
            throw PartialResultException.afterAllTries(problem(failed.get()), result);
        }
        attempt.succeed(_ -> result);
    }

    /** When it returns, the scratch places are gone. */
    private RecoveryResult result(Attempt attempt, RecoveryRequest request) {
        try (Recovery recovery = recovery(attempt, request)) {
            List<StepOutcome> steps = new ArrayList<>();
            for (RecoveryStep step : request.allSteps()) {
                steps.add(outcome(attempt, recovery, step, steps));
            }
            return result(attempt, request, recovery, steps);
        }
    }

    private Recovery recovery(Attempt attempt, RecoveryRequest request) {
        if (request.dryRun()) {
            return new PlannedRecovery(attempt, request, parts);
        }
        return request.rehearsal()
                ? new RehearsedRecovery(attempt, parts)
                : new RealRecovery(attempt, request, parts);
    }

    private StepOutcome outcome(
            Attempt attempt, Recovery recovery, RecoveryStep step, List<StepOutcome> before) {
        Optional<RecoveryStep> missing = missing(step, before);
        if (missing.isPresent()) {
            String why = "needs %s, which did not come about".formatted(missing.get());
            attempt.log("%s: skipped, %s".formatted(step, why));
            return new StepOutcome(step, StepState.SKIPPED, 0, why, null);
        }
        attempt.phase(step.code(), "begins");
        long begin = System.nanoTime();
        try {
            String detail = recovery.go(step);
            Duration took = since(begin, recovery);
            return outcome(attempt, step, recovery.whenDone(), took, detail, null);
        } catch (ProblemException e) {
            Duration took = since(begin, recovery);
            return outcome(attempt, step, recovery.whenNot(), took, e.detail(), e.code().code());
        }
    }

    /** With the time of attempts that were lost. */
    private static Duration since(long begin, Recovery recovery) {
        return Duration.ofNanos(System.nanoTime() - begin).plus(recovery.takeEarlier());
    }

    /** Checks say whether the recovery worked: of one that did not there is nothing to say. */
    private static Optional<RecoveryStep> missing(RecoveryStep step, List<StepOutcome> before) {
        return before.stream()
                .filter(_ -> step == RecoveryStep.CHECKS)
                .filter(done -> done.step() == RecoveryStep.DATABASE)
                .filter(done -> done.state() == StepState.FAILED)
                .map(StepOutcome::step)
                .findFirst();
    }

    private static StepOutcome outcome(
            Attempt attempt,
            RecoveryStep step,
            StepState state,
            Duration took,
            String detail,
            String code) {
        String told = attempt.redact(detail);
        attempt.log("%s: %s after %s: %s".formatted(step, state, StepText.of(took), told));
        return new StepOutcome(step, state, took.toMillis(), told, code);
    }

    private RecoveryResult result(
            Attempt attempt, RecoveryRequest request, Recovery recovery, List<StepOutcome> steps) {
        Instant now = parts.queue().now();
        Optional<RecoveryPoint> point = recovery.point();
        RecoveryResult result =
                new RecoveryResult(
                        steps,
                        request.dryRun() ? null : durationMs(attempt, request, steps, now),
                        point.map(found -> Duration.between(found.at(), now).toSeconds())
                                .orElse(null),
                        point.map(RecoveryPoint::backupId).orElse(null),
                        null);
        return request.dryRun()
                ? result
                : result.reportedIn(report(attempt, request, result, point, now));
    }

    /** A rehearsal's checks are no part of the time that a recovery would take. */
    private static long durationMs(
            Attempt attempt, RecoveryRequest request, List<StepOutcome> steps, Instant now) {
        return request.rehearsal()
                ? steps.stream()
                        .filter(step -> RecoveryStep.ASKABLE.contains(step.step()))
                        .mapToLong(StepOutcome::durationMs)
                        .sum()
                : Duration.between(attempt.job().job().startedAt(), now).toMillis();
    }

    /** Null where it could not be written: what was recovered is recovered all the same. */
    private String report(
            Attempt attempt,
            RecoveryRequest request,
            RecoveryResult result,
            Optional<RecoveryPoint> point,
            Instant now) {
        String name = RecoveryReport.fileName(attempt.job().job(), request, parts.zone());
        try {
            parts.folder()
                    .note(
                            name,
                            RecoveryReport.text(attempt.job().job(), request, result, point, now));
            return name;
        } catch (ProblemException e) {
            attempt.log("no report: " + e.detail());
            LOG.warnf("job %s: no report: %s", attempt.jobId(), e.detail());
            return null;
        }
    }

    private static ProblemException problem(StepOutcome failed) {
        return new ProblemException(
                ProblemCode.byCode(failed.code()).orElse(ProblemCode.RECOVERY_INCOMPLETE),
                "Step %s failed: %s".formatted(failed.step(), failed.detail()));
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        sideDatabases.clean(reaping.job());
        int lost = reaping.lease().attempt();
        parts.scratch().remove((job, attempt) -> job.equals(reaping.jobId()) && attempt <= lost);
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        parts.scratch().remove(mayBeAtWork.negate());
    }

    @Override
    public void discard(LeasedJob job) {
        new ChildJobs(parts.database(), parts.queue()).cancelAll(job.job().id());
        int last = job.lease().attempt();
        parts.scratch().remove((owner, attempt) -> owner.equals(job.job().id()) && attempt <= last);
    }
}
