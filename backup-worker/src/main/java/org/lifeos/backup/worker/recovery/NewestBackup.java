package org.lifeos.backup.worker.recovery;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.RecoveryChoice;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.VerificationRequest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;
import org.lifeos.backup.worker.job.Attempt;

/**
 * Finds the backup that a recovery brings back: the newest that is whole and not of a database that
 * was still empty. One that turns out to be corrupt is marked so by its verification, and the one
 * before it is looked at.
 */
final class NewestBackup {
    private static final Set<ProblemCode> ABOUT_A_DUMP =
            EnumSet.of(
                    ProblemCode.BACKUP_CORRUPT,
                    ProblemCode.DUMP_NOT_RESTORABLE,
                    ProblemCode.RESTORE_FAILED,
                    ProblemCode.RESTORE_DIFFERS);

    private final Attempt attempt;
    private final Catalogue catalogue;
    private final ChildJobs children;

    NewestBackup(Attempt attempt, Catalogue catalogue, ChildJobs children) {
        this.attempt = attempt;
        this.catalogue = catalogue;
        this.children = children;
    }

    /**
     * @throws ProblemException when there is none, or it could not be read
     */
    RecoveryChoice<Backup> choose() {
        Set<UUID> corrupt = new HashSet<>();
        while (true) {
            RecoveryChoice<Backup> choice = candidate();
            Backup newest = choice.chosen();
            if (corrupt.contains(newest.id())) {
                throw none("%s is corrupt".formatted(newest.file().name()));
            }
            Job verification =
                    children.run(
                            attempt,
                            "verification of " + newest.file().name(),
                            new VerificationRequest(
                                    newest.id(), TargetNames.DEFAULT, VerificationLevel.CONTENT));
            if (verification.state() == JobState.SUCCEEDED) {
                return choice;
            }
            if (!isAboutTheBackup(verification)) {
                throw ChildFailure.of("verification", verification);
            }
            attempt.log("%s: %s".formatted(newest.file().name(), verification.failure().detail()));
            corrupt.add(newest.id());
        }
    }

    /**
     * Whether a restore failed because the backup cannot be restored, by a trial restore that marks
     * it so.
     */
    boolean isDisproved(Backup backup, Job restore) {
        if (!ABOUT_A_DUMP.contains(ChildFailure.code(restore))) {
            return false;
        }
        Job trial =
                children.run(
                        attempt,
                        "trial restore of " + backup.file().name(),
                        new VerificationRequest(
                                backup.id(), TargetNames.DEFAULT, VerificationLevel.RESTORE));
        if (trial.state() == JobState.SUCCEEDED || !isAboutTheBackup(trial)) {
            return false;
        }
        attempt.log("%s: %s".formatted(backup.file().name(), trial.failure().detail()));
        return true;
    }

    private static boolean isAboutTheBackup(Job verification) {
        return ChildFailure.code(verification) == ProblemCode.BACKUP_CORRUPT;
    }

    private RecoveryChoice<Backup> candidate() {
        return RecoveryChoice.among(catalogue.recoverable(TargetNames.DEFAULT))
                .orElseThrow(() -> none("the catalogue lists none that is good"));
    }

    private static ProblemException none(String why) {
        return new ProblemException(
                ProblemCode.NO_BACKUP_TO_RECOVER,
                "There is no backup to recover from: " + why + ".");
    }
}
