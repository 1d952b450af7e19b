package org.lifeos.backup.worker.recovery;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.RecoveryChoice;
import org.lifeos.backup.job.FilesRestoreRequest;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.job.RecoveryRequest;
import org.lifeos.backup.job.RecoveryResult.StepState;
import org.lifeos.backup.job.RecoveryStep;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.restore.CurrentDatabase;
import org.lifeos.backup.worker.target.Target;

/** Tells what a recovery would do, and changes nothing: not even the catalogue. */
final class PlannedRecovery implements Recovery {
    private final Attempt attempt;
    private final RecoveryRequest request;
    private final RecoveryParts parts;
    private final ChildJobs children;
    private final Target target;
    private Optional<BackupManifest> chosen = Optional.empty();

    PlannedRecovery(Attempt attempt, RecoveryRequest request, RecoveryParts parts) {
        this.attempt = attempt;
        this.request = request;
        this.parts = parts;
        this.children = new ChildJobs(parts.database(), parts.queue());
        this.target = parts.targets().get(TargetNames.DEFAULT);
    }

    @Override
    public String go(RecoveryStep step) {
        return switch (step) {
            case FILES -> files();
            case DATABASE -> database();
            case OLLAMA -> ollama();
            case CHECKS -> checks();
            case FILES_CHECK, CODE_CHECK ->
                    throw new IllegalStateException(step + " belongs to a rehearsal");
        };
    }

    private String files() {
        return StepText.of(
                children.result(
                        attempt,
                        "dry run of the folders",
                        FilesRestoreRequest.of(List.of(), true),
                        FilesRestoreResult.class));
    }

    private String database() {
        StoredManifests stored = new StoredManifests(attempt, parts);
        Optional<RecoveryChoice<BackupManifest>> choice = stored.choose();
        List<String> unread = stored.unread();
        if (choice.isEmpty()) {
            return afterScan(unread);
        }
        chosen = choice.map(RecoveryChoice::chosen);
        String plan = database(choice.get().chosen()) + StepText.newerThan(choice.get());
        return unread.isEmpty()
                ? plan
                : "%s; %d dumps without a manifest would be scanned first, and one of them may be newer"
                        .formatted(plan, unread.size());
    }

    /** What dumps without a manifest hold is not known before they are read, by the scan. */
    private String afterScan(List<String> unread) {
        if (unread.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.NO_BACKUP_TO_RECOVER,
                    "Neither the catalogue, the backup folder nor the mirror has a backup.");
        }
        String plan =
                "would scan %d dumps that have no manifest (%s) and restore the newest good one"
                        .formatted(unread.size(), StepText.first(unread));
        boolean isEmpty = !new CurrentDatabase(attempt, target).hasUserTables();
        return isEmpty || request.replace()
                ? plan
                : plan
                        + ", but only if %s, which has tables, holds exactly the same"
                                .formatted(target);
    }

    private String database(BackupManifest backup) {
        String file = backup.file().name();
        CurrentDatabase current = new CurrentDatabase(attempt, target);
        String restore =
                "would restore %s of %s: %,d tables, %,d rows"
                        .formatted(file, backup.snapshotAt(), backup.tables(), backup.rows());
        if (!current.hasUserTables()) {
            return restore;
        }
        attempt.phase("compare", "%s with %s".formatted(target, file));
        List<String> differences = current.differencesFrom(backup);
        if (differences.isEmpty()) {
            return "nothing to do: the database holds exactly what %s holds".formatted(file);
        }
        if (!request.replace()) {
            throw new ProblemException(
                    ProblemCode.TARGET_NOT_EMPTY,
                    "%s has tables, and is not what %s holds: %s."
                            .formatted(target, file, StepText.first(differences)));
        }
        return "%s; it would replace what is there: %s"
                .formatted(restore, StepText.first(differences));
    }

    private String ollama() {
        String name = "dry run of the models";
        Job planned =
                children.run(attempt, name, new OllamaRestoreRequest(List.of(), null, true, false));
        if (planned.state() == JobState.SUCCEEDED) {
            return StepText.of((OllamaRestoreResult) planned.result());
        }
        if (ChildFailure.code(planned) == ProblemCode.OLLAMA_MANIFEST_MISSING
                && request.allSteps().contains(RecoveryStep.FILES)
                && manifestInMirror().filter(Files::isRegularFile).isPresent()) {
            return "would pull the models of %s, which comes back with the files"
                    .formatted(OllamaManifest.FILE);
        }
        throw ChildFailure.of(name, planned);
    }

    private Optional<Path> manifestInMirror() {
        return parts.mirror().map(mirror -> mirror.resolve("data").resolve(OllamaManifest.FILE));
    }

    private String checks() {
        return parts.settings().services().isEmpty()
                ? "would look at the tables; no services to ask (LIFEOS_HEALTH_URL, LIFEOS_FRONTEND_URL)"
                : "would look at the tables and ask: "
                        + String.join(", ", parts.settings().services().keySet());
    }

    @Override
    public Duration takeEarlier() {
        return children.takeEarlier();
    }

    @Override
    public Optional<RecoveryPoint> point() {
        return chosen.map(RecoveryPoint::of);
    }

    @Override
    public StepState whenDone() {
        return StepState.PLANNED;
    }

    @Override
    public StepState whenNot() {
        return StepState.BLOCKED;
    }

    @Override
    public void close() {
        // it made nothing
    }
}
