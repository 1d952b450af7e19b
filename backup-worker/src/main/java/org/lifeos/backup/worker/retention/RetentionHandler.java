package org.lifeos.backup.worker.retention;

import java.time.Instant;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.RetentionRequest;
import org.lifeos.backup.job.RetentionResult;
import org.lifeos.backup.retention.RetentionPlan;
import org.lifeos.backup.retention.StoredBackups;
import org.lifeos.backup.retention.Verdict;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.storage.BackupFolder;

/**
 * Removes the backups that a target's policy does not keep, one transaction each: the plan is made
 * anew under locks, so that a backup that somebody pinned or began to use a moment ago stays. A run
 * that dies half-way is finished by the next attempt.
 */
public final class RetentionHandler implements JobHandler {
    private final RetentionPolicy policy;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final JobQueue queue;

    public RetentionHandler(
            RetentionPolicy policy, BackupFolder folder, Catalogue catalogue, JobQueue queue) {
        this.policy = policy;
        this.folder = folder;
        this.catalogue = catalogue;
        this.queue = queue;
    }

    @Override
    public JobType type() {
        return JobType.RETENTION;
    }

    @Override
    public void run(Attempt attempt) {
        RetentionRequest request = (RetentionRequest) attempt.job().request();
        // one moment for the whole run: what a dry run of this moment lists is what goes
        Instant now = queue.now();
        if (request.dryRun()) {
            attempt.succeed(session -> {
                RetentionPlan plan = plan(session, request, now);
                return new RetentionResult(plan.kept(), plan.expired());
            });
            return;
        }
        attempt.phase("expire", request.targetName());
        while (attempt.step(session -> expireOldest(session, attempt, request, now))) {
            attempt.checkpoint();
        }
        attempt.succeed(session -> finish(session, attempt, request, now));
    }

    private RetentionPlan plan(Session session, RetentionRequest request, Instant now) {
        return StoredBackups.plan(
                session, request.targetName(), policy.withKeepDays(request.keepDays()), now);
    }

    /** The oldest first: a run that is stopped has removed what is worth least. */
    private boolean expireOldest(
            Session session, Attempt attempt, RetentionRequest request, Instant now) {
        RetentionPlan plan = plan(session, request, now);
        if (plan.expired().isEmpty()) {
            return false;
        }
        expire(session, attempt, plan.expired().getLast());
        return true;
    }

    private void expire(Session session, Attempt attempt, Verdict verdict) {
        StoredBackups.expire(session, verdict, attempt.jobId());
        folder.remove(catalogue.lock(session, verdict.backupId()).orElseThrow());
        attempt.log("expired %s: %s".formatted(verdict.file(), verdict.reason()));
    }

    private RetentionResult finish(
            Session session, Attempt attempt, RetentionRequest request, Instant now) {
        RetentionPlan plan = plan(session, request, now);
        // somebody unpinned one in the last moment
        plan.expired().forEach(verdict -> expire(session, attempt, verdict));
        return new RetentionResult(plan.kept(), StoredBackups.expiredBy(session, attempt.jobId()));
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        // a run leaves nothing unfinished that its next attempt does not finish
    }

    @Override
    public void discard(LeasedJob job) {
        // it makes nothing
    }
}
