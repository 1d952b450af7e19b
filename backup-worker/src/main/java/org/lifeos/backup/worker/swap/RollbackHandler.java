package org.lifeos.backup.worker.swap;

import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.RollbackRequest;
import org.lifeos.backup.job.RollbackResult;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.job.OutcomeUnknownException;
import org.lifeos.backup.worker.restore.DatabaseSwap;
import org.lifeos.backup.worker.restore.DatabaseSwap.Previous;
import org.lifeos.backup.worker.restore.SwapUnansweredException;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.target.Targets;

/** Puts back the database that a restore replaced, and keeps what the restore had brought. */
public final class RollbackHandler implements JobHandler {
    private final Targets targets;

    public RollbackHandler(Targets targets) {
        this.targets = targets;
    }

    @Override
    public JobType type() {
        return JobType.POSTGRES_ROLLBACK;
    }

    @Override
    public void run(Attempt attempt) throws OutcomeUnknownException {
        RollbackRequest request = (RollbackRequest) attempt.job().request();
        Target target = targets.get(request.targetName());
        DatabaseSwap swap = new DatabaseSwap(target, attempt.jobId());
        try {
            if (swap.isDone()) {
                attempt.finish(settled(attempt, swap, swap.replacedBy(attempt.jobId())));
                return;
            }
            attempt.phase("preflight", target.toString());
            Previous previous =
                    swap.replacedBy(request.restoreId())
                            .orElseThrow(() ->
                                    new ProblemException(
                                            ProblemCode.ROLLBACK_NOT_POSSIBLE,
                                            "What restore %s replaced on %s is not there any more."
                                                    .formatted(request.restoreId(), target)));
            new TargetServer(target).requireNoPreparedTransactions(attempt.jobId());
            attempt.phase("publish", previous.name());
            attempt.publish(() -> swapped(attempt, swap, previous), (_, result) -> result);
        } catch (SwapUnansweredException e) {
            throw new OutcomeUnknownException(e.getMessage(), e);
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
    }

    private RollbackResult swapped(Attempt attempt, DatabaseSwap swap, Previous previous) {
        try {
            return settled(attempt, swap, swap.swap(previous.name()));
        } catch (SQLException e) {
            throw new TargetServer(target(attempt)).problem(e);
        }
    }

    private Target target(Attempt attempt) {
        return targets.get(attempt.job().job().target());
    }

    /** Subscriptions go on in what is the target's own again, and in nothing else. */
    private RollbackResult settled(
            Attempt attempt, DatabaseSwap swap, Optional<Previous> replaced) {
        try {
            if (replaced.isPresent()) {
                swap.pause(replaced.get());
            }
            swap.resume();
        } catch (SQLException e) {
            attempt.log(
                    "subscriptions may not be as they were before the restore: " + e.getMessage());
        }
        return new RollbackResult(
                target(attempt).database(),
                replaced.map(Previous::name).orElse(null),
                replaced.map(Previous::staysUntil).orElse(null));
    }

    /** A swap that came about is never taken back; while nobody knows, the job stays as it is. */
    @Override
    public boolean cleanUp(Attempt reaping) throws OutcomeUnknownException {
        Target target = targets.byName().get(reaping.job().job().target());
        try {
            if (target == null) {
                return false;
            }
            DatabaseSwap swap = new DatabaseSwap(target, reaping.jobId());
            if (swap.isDone()) {
                reaping.finish(settled(reaping, swap, swap.replacedBy(reaping.jobId())));
            }
            return false;
        } catch (SQLException e) {
            throw new OutcomeUnknownException(
                    "whether the rollback has come about is not known: " + e.getMessage(), e);
        }
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
