package org.lifeos.backup.worker.recovery;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.RecoveryChoice;
import org.lifeos.backup.files.SyncedFolders;
import org.lifeos.backup.job.CatalogScanRequest;
import org.lifeos.backup.job.CatalogScanResult;
import org.lifeos.backup.job.FilesRestoreRequest;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.job.RecoveryRequest;
import org.lifeos.backup.job.RecoveryResult.StepState;
import org.lifeos.backup.job.RecoveryStep;
import org.lifeos.backup.job.RestoreMode;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.ollama.ManifestFolder;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.restore.CurrentDatabase;
import org.lifeos.backup.worker.target.Target;

/** Brings everything back. What an earlier attempt has done is found done. */
final class RealRecovery implements Recovery {
    private static final String BRING = "restore of the backups";

    private static final String DATABASE_RESTORE = "restore of the database";

    private final Attempt attempt;
    private final RecoveryRequest request;
    private final RecoveryParts parts;
    private final ChildJobs children;
    private final NewestBackup backups;
    private final DatabaseOrigin origin;
    private final Target target;
    private boolean filesAreBack;
    private Optional<ProblemException> notBrought = Optional.empty();
    private Optional<RecoveryChoice<Backup>> choice = Optional.empty();

    RealRecovery(Attempt attempt, RecoveryRequest request, RecoveryParts parts) {
        this.attempt = attempt;
        this.request = request;
        this.parts = parts;
        this.children = new ChildJobs(parts.database(), parts.queue());
        this.backups = new NewestBackup(attempt, parts.catalogue(), children);
        this.origin = new DatabaseOrigin(parts);
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
        FilesRestoreResult restored =
                children.result(
                        attempt,
                        "restore of the folders",
                        FilesRestoreRequest.of(List.of(), false),
                        FilesRestoreResult.class);
        filesAreBack = true;
        return StepText.of(restored);
    }

    /** A backup that proves to be none when it is restored gives way to the one before it. */
    private String database() {
        List<String> unrestorable = new ArrayList<>();
        while (true) {
            String name = nameOfRestore(unrestorable.size());
            Optional<Job> earlier = children.find(attempt, name);
            if (earlier.isPresent()) {
                notBrought = children.find(attempt, BRING).flatMap(this::whatIsNotBrought);
                choice =
                        Optional.of(
                                origin.passingOver(
                                        backupOf(earlier.get()), earlier.get().createdAt()));
            } else {
                if (unrestorable.isEmpty()) {
                    bringBackups();
                }
                choice = Optional.of(chooseOfAll());
                Optional<String> done = isThereAlready(choice.get().chosen());
                if (done.isPresent()) {
                    return done.get() + whatElse(unrestorable);
                }
            }
            Backup chosen = choice.get().chosen();
            Job restore = children.run(attempt, name, restoreOf(chosen));
            if (restore.state() == JobState.SUCCEEDED) {
                RestoreResult restored = (RestoreResult) restore.result();
                return "%s, %,d tables, %,d rows, read back and equal%s"
                        .formatted(
                                chosen.file().name(),
                                restored.tables(),
                                restored.rows(),
                                whatElse(unrestorable));
            }
            if (!backups.isDisproved(chosen, restore)) {
                throw ChildFailure.of(name, restore);
            }
            choice = Optional.empty();
            unrestorable.add(chosen.file().name());
        }
    }

    /** What did not come back, though somebody may look for it. */
    private String whatElse(List<String> unrestorable) {
        String lacking =
                notBrought
                        .map(why -> "; not all backups of the mirror came: " + why.detail())
                        .orElse("");
        return StepText.newerThan(choice.get(), unrestorable) + lacking;
    }

    private static String nameOfRestore(int before) {
        return before == 0 ? DATABASE_RESTORE : "%s, %d".formatted(DATABASE_RESTORE, before + 1);
    }

    private RestoreRequest restoreOf(Backup backup) {
        return new RestoreRequest(
                backup.id(), target.name(), RestoreMode.SWAP, target.database(), false);
    }

    private Backup backupOf(Job restore) {
        return children.requestOf(restore)
                .map(RestoreRequest.class::cast)
                .flatMap(found -> parts.catalogue().find(found.backupId()))
                .orElseThrow();
    }

    /**
     * Without a mirror, or while it is away, there is nothing to bring, and what lies here has to
     * do.
     */
    private void bringBackups() {
        if (!filesAreBack && parts.mirror().isPresent()) {
            Job brought =
                    children.run(
                            attempt,
                            BRING,
                            FilesRestoreRequest.of(List.of(SyncedFolders.BACKUPS), false));
            notBrought = whatIsNotBrought(brought);
        }
        CatalogScanResult scan =
                children.result(
                        attempt,
                        "scan of the backups",
                        new CatalogScanRequest(),
                        CatalogScanResult.class);
        attempt.log(
                "%d backups imported, corrupt: %s"
                        .formatted(scan.imported().size(), scan.corrupt()));
    }

    /**
     * A file that cannot be copied keeps no other from being used.
     *
     * @throws ProblemException when nothing can be said of those that were copied
     */
    private Optional<ProblemException> whatIsNotBrought(Job brought) {
        if (brought.state() == JobState.SUCCEEDED) {
            return Optional.empty();
        }
        ProblemException failure = ChildFailure.of(BRING, brought);
        if (failure.code() != ProblemCode.MIRROR_UNAVAILABLE
                && failure.code() != ProblemCode.FILES_COPY_FAILED) {
            throw failure;
        }
        attempt.log(failure.detail());
        return Optional.of(failure);
    }

    /**
     * The newest that could be copied may be old, and none may be here although the mirror has
     * some.
     */
    private RecoveryChoice<Backup> chooseOfAll() {
        Optional<ProblemException> failure =
                notBrought.filter(why -> why.code() == ProblemCode.FILES_COPY_FAILED);
        if (failure.isEmpty()) {
            return backups.choose();
        }
        try {
            RecoveryChoice<Backup> choice = backups.choose();
            requireNoneLeftInMirror(choice.chosen());
            return choice;
        } catch (ProblemException e) {
            throw new ProblemException(
                    ProblemCode.FILES_COPY_FAILED,
                    "%s %s".formatted(e.detail(), failure.get().detail()),
                    e);
        }
    }

    private void requireNoneLeftInMirror(Backup chosen) {
        List<String> newer = new StoredManifests(attempt, parts).missingSince(chosen.snapshotAt());
        if (!newer.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.FILES_COPY_FAILED,
                    "The mirror has newer ones than %s that could not be copied (%s)."
                            .formatted(chosen.file().name(), StepText.first(newer)));
        }
    }

    /**
     * @return what to say when the database is what the backup holds
     * @throws ProblemException when it holds something else that must not be replaced
     */
    private Optional<String> isThereAlready(Backup backup) {
        CurrentDatabase current = new CurrentDatabase(attempt, target);
        if (!current.hasUserTables()) {
            return Optional.empty();
        }
        attempt.phase("compare", "%s with %s".formatted(target, backup.file().name()));
        List<String> differences = current.differencesFrom(parts.manifestOf(backup));
        if (differences.isEmpty()) {
            return Optional.of(
                    "the database holds exactly what %s holds".formatted(backup.file().name()));
        }
        if (request.replace()) {
            return Optional.empty();
        }
        throw new ProblemException(
                ProblemCode.TARGET_NOT_EMPTY,
                "%s has tables, and is not what %s holds: %s."
                        .formatted(target, backup.file().name(), StepText.first(differences)));
    }

    private String ollama() {
        OllamaRestoreResult restored =
                children.result(
                        attempt,
                        "re-pull of the models",
                        new OllamaRestoreRequest(List.of(), null, false, false),
                        OllamaRestoreResult.class);
        if (restored.models().isEmpty()) {
            requireNoneInMirror();
        }
        List<String> missing =
                restored.models().stream()
                        .filter(model -> model.outcome().isFailure())
                        .map(RestoredModel::model)
                        .toList();
        if (!missing.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.RECOVERY_INCOMPLETE,
                    "%d of %d models are not back: %s."
                            .formatted(
                                    missing.size(),
                                    restored.models().size(),
                                    StepText.first(missing)));
        }
        return StepText.of(restored);
    }

    /**
     * What a machine wrote down before its models came back is newer than the mirror's list, and
     * stays when folders are restored.
     */
    private void requireNoneInMirror() {
        Optional<Path> mirror = parts.mirror();
        if (mirror.isEmpty()) {
            return;
        }
        ManifestFolder folder = ManifestFolder.in(mirror.get());
        try {
            int models =
                    folder.text(OllamaManifest.FILE)
                            .map(text -> OllamaManifest.read(text).models().size())
                            .orElse(0);
            if (models > 0) {
                throw new ProblemException(
                        ProblemCode.RECOVERY_INCOMPLETE,
                        "%s lists no models, and that of the mirror %d. Remove it, and recover the folders and the models again."
                                .formatted(
                                        ManifestFolder.in(parts.home())
                                                .path()
                                                .resolve(OllamaManifest.FILE),
                                        models));
            }
        } catch (IOException e) {
            attempt.log("the mirror's list of models cannot be read: " + e.getMessage());
        }
    }

    private String checks() {
        return new RecoveryChecks(attempt, parts, target).run(choice.or(origin::find));
    }

    @Override
    public Duration takeEarlier() {
        return children.takeEarlier();
    }

    @Override
    public Optional<RecoveryPoint> point() {
        return choice.map(RecoveryChoice::chosen).map(RecoveryPoint::of);
    }

    @Override
    public StepState whenDone() {
        return StepState.SUCCEEDED;
    }

    @Override
    public StepState whenNot() {
        return StepState.FAILED;
    }

    @Override
    public void close() {
        // its places are the real ones
    }
}
