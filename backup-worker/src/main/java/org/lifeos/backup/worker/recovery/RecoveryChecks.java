package org.lifeos.backup.worker.recovery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.RecoveryChoice;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.restore.CurrentDatabase;
import org.lifeos.backup.worker.target.Target;

/** Looks at what came back, and asks those who live of it. */
final class RecoveryChecks {
    private final Attempt attempt;
    private final RecoveryParts parts;
    private final Target target;
    private final List<String> findings = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    RecoveryChecks(Attempt attempt, RecoveryParts parts, Target target) {
        this.attempt = attempt;
        this.parts = parts;
        this.target = target;
    }

    /**
     * @param choice of the backup that the database came back from
     * @return what was found, all of it well
     * @throws ProblemException when something is not
     */
    String run(Optional<RecoveryChoice<Backup>> choice) {
        Optional<Backup> backup = choice.map(RecoveryChoice::chosen);
        backup.ifPresentOrElse(this::rows, () -> problems.add("there is no good backup"));
        choice.ifPresent(this::newer);
        backup.ifPresent(this::freshness);
        services();
        if (!problems.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.RECOVERY_INCOMPLETE, String.join("; ", problems) + ".");
        }
        return String.join("; ", findings);
    }

    private void rows(Backup backup) {
        BackupManifest manifest = parts.manifestOf(backup);
        attempt.phase("checks", "rows of " + target);
        CurrentDatabase.Rows rows = new CurrentDatabase(attempt, target).count(manifest);
        problems.addAll(rows.lacking());
        findings.add(
                "%,d tables of %s with %,d of %,d rows"
                        .formatted(
                                manifest.contents().size(),
                                backup.file().name(),
                                rows.rows(),
                                manifest.rows()));
        if (!rows.others().isEmpty()) {
            findings.add(StepText.first(rows.others()));
        }
    }

    /** Which of them is right, only people can say. */
    private void newer(RecoveryChoice<Backup> choice) {
        if (!choice.passedOver().isEmpty()) {
            problems.add(
                    "newer than %s, and not brought back, as less than half as much is in them: %s (restore the one that is right, delete those that are not)"
                            .formatted(
                                    choice.chosen().file().name(),
                                    StepText.files(choice.passedOver())));
        }
    }

    /** Old data are no failure of the recovery: nothing newer is there. */
    private void freshness(Backup backup) {
        Duration age = Duration.between(backup.snapshotAt(), parts.queue().now());
        String text = "the data are %s old".formatted(StepText.of(age));
        boolean old = age.compareTo(parts.settings().maxAge()) > 0;
        findings.add(
                old
                        ? text
                                + ", more than the %s of BACKUP_MAX_AGE_HOURS"
                                        .formatted(StepText.of(parts.settings().maxAge()))
                        : text);
    }

    private void services() {
        try (ServiceChecks services = new ServiceChecks(attempt)) {
            parts.settings()
                    .services()
                    .forEach((name, address) -> {
                        attempt.phase("checks", "asking the " + name);
                        services.problemOf(address)
                                .ifPresentOrElse(
                                        problem ->
                                                problems.add("the %s %s".formatted(name, problem)),
                                        () -> findings.add("the %s is well".formatted(name)));
                    });
        }
        if (parts.settings().services().isEmpty()) {
            findings.add("no services to ask (LIFEOS_HEALTH_URL, LIFEOS_FRONTEND_URL)");
        }
    }
}
