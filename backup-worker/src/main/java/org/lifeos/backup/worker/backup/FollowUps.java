package org.lifeos.backup.worker.backup;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobRequest;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.RetentionRequest;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.job.VerificationRequest;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.sql.Session;

/**
 * The jobs that follow from a backup. They are recorded with it or not at all, and nobody who waits
 * for the backup waits for them.
 */
public final class FollowUps {
    private final Jobs jobs;
    private final InstantSource clock;
    private final List<Rule> rules;

    /** Which job follows from a backup that was just published, if one does. */
    @FunctionalInterface
    public interface Rule {
        Optional<JobRequest> after(BackupManifest manifest);
    }

    /**
     * @param rules each makes a job of its own, in this order
     */
    public FollowUps(Jobs jobs, InstantSource clock, List<Rule> rules) {
        this.jobs = jobs;
        this.clock = clock;
        this.rules = List.copyOf(rules);
    }

    /** After a scheduled backup, old ones expire. */
    public static Optional<JobRequest> retention(BackupManifest manifest) {
        return manifest.kind() == BackupKind.SCHEDULED
                ? Optional.of(new RetentionRequest(manifest.target(), null, false))
                : Optional.empty();
    }

    /**
     * Each backup is put to the proof, unless its own job did that already. One whose database is
     * too large for a trial restore is read through instead.
     */
    public static Rule verification(VerificationLevel level, long largestScratchBytes) {
        return manifest -> {
            Long bytes = manifest.database().sizeBytes();
            boolean tooLarge = bytes != null && bytes > largestScratchBytes;
            VerificationLevel wanted =
                    level == VerificationLevel.RESTORE && tooLarge
                            ? VerificationLevel.CONTENT
                            : level;
            Verification done = manifest.verification();
            boolean isDone = done != null && done.level().compareTo(wanted) >= 0;
            return wanted == VerificationLevel.NONE || isDone
                    ? Optional.empty()
                    : Optional.of(
                            new VerificationRequest(
                                    manifest.backupId(), manifest.target(), wanted));
        };
    }

    /** Called in the transaction that publishes the backup. */
    void record(Session session, BackupManifest manifest) {
        for (Rule rule : rules) {
            rule.after(manifest)
                    .ifPresent(request ->
                            jobs.submit(
                                    session,
                                    new Submission(
                                            UuidV7.next(clock),
                                            request,
                                            "after:" + manifest.jobId(),
                                            null)));
        }
    }
}
