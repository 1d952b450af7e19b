package org.lifeos.backup.worker.recovery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.RecoveryChoice;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.CodeCheckRequest;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.job.FileConflict;
import org.lifeos.backup.job.FilesCheckRequest;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.job.RecoveryResult.StepState;
import org.lifeos.backup.job.RecoveryStep;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;
import org.lifeos.backup.worker.files.FolderRestore;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.restore.DisprovedException;
import org.lifeos.backup.worker.restore.DumpProof;
import org.lifeos.backup.worker.storage.BackupFolder;

/**
 * Recovers from the mirror into a scratch folder and a scratch database, which are gone afterwards.
 * Nothing live is touched. Models are not pulled: what a pull takes is the network's time.
 */
final class RehearsedRecovery implements Recovery {
    private static final long SPARE_BYTES = 64L << 20;

    private final Attempt attempt;
    private final RecoveryParts parts;
    private final ChildJobs children;
    private Path scratch;
    private Optional<RecoveryChoice<BackupManifest>> choice = Optional.empty();

    RehearsedRecovery(Attempt attempt, RecoveryParts parts) {
        this.attempt = attempt;
        this.parts = parts;
        this.children = new ChildJobs(parts.database(), parts.queue());
    }

    @Override
    public String go(RecoveryStep step) {
        return switch (step) {
            case FILES -> files();
            case DATABASE -> database();
            case OLLAMA -> ollama();
            case CHECKS -> freshness();
            case FILES_CHECK ->
                    StepText.of(
                            children.result(
                                    attempt,
                                    "check of the files",
                                    new FilesCheckRequest(),
                                    FilesCheckResult.class));
            case CODE_CHECK ->
                    StepText.of(
                            children.result(
                                    attempt,
                                    "check of the code",
                                    new CodeCheckRequest(),
                                    CodeCheckResult.class));
        };
    }

    private String files() {
        Path mirror =
                parts.mirror()
                        .orElseThrow(() ->
                                new ProblemException(
                                        ProblemCode.MIRROR_UNAVAILABLE,
                                        "No mirror is configured (SYNC_MIRROR_DIR): on another machine no folder would come back."));
        requireOther(mirror);
        Path copy = parts.scratch().make(attempt.lease());
        requireSpace(copy, restore(mirror, copy, true).bytes());
        FilesRestoreResult restored = restore(mirror, copy, false);
        scratch = copy;
        return StepText.of(restored);
    }

    /** A copy of LIFEOS_HOME from itself, by a link or a mount, would prove nothing. */
    private void requireOther(Path mirror) {
        try {
            if (Files.isSameFile(mirror, parts.home())) {
                throw new ProblemException(
                        ProblemCode.MIRROR_UNAVAILABLE,
                        "%s is LIFEOS_HOME itself, and no copy of it.".formatted(mirror));
            }
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.MIRROR_UNAVAILABLE,
                    "%s cannot be looked at: %s.".formatted(mirror, e.getMessage()),
                    e);
        }
    }

    private FilesRestoreResult restore(Path mirror, Path copy, boolean dryRun) {
        return new FolderRestore(attempt, mirror, copy)
                .run(List.of(), FileConflict.KEEP_NEWER, dryRun);
    }

    private static void requireSpace(Path place, long bytes) {
        try {
            long free = Files.getFileStore(place).getUsableSpace();
            if (free < bytes + SPARE_BYTES) {
                throw new ProblemException(
                        ProblemCode.DISK_FULL,
                        "%s has %,d bytes free, a copy of the folders needs %,d."
                                .formatted(place, free, bytes));
            }
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "%s cannot be looked at: %s".formatted(place, e.getMessage()),
                    e);
        }
    }

    /**
     * From the copy of the mirror, as after a disaster; without one from the folder itself. After a
     * corrupt one it is told what the one before it amounts to.
     */
    private String database() {
        Map<String, String> disproved = new LinkedHashMap<>();
        while (true) {
            String outcome;
            try {
                choice = Optional.of(choose(disproved.keySet()));
                outcome = proof(choice.get().chosen());
            } catch (DisprovedException e) {
                disproved.put(choice.get().chosen().file().name(), e.getMessage());
                continue;
            } catch (ProblemException e) {
                throw disproved.isEmpty() ? e : corrupt(disproved, e.detail());
            }
            if (disproved.isEmpty()) {
                return outcome;
            }
            throw corrupt(disproved, "a recovery would bring back " + outcome);
        }
    }

    private static ProblemException corrupt(Map<String, String> disproved, String instead) {
        List<String> sentences =
                disproved.entrySet().stream()
                        .map(file -> "%s is corrupt: %s".formatted(file.getKey(), file.getValue()))
                        .toList();
        return new ProblemException(
                ProblemCode.BACKUP_CORRUPT,
                "%s; instead: %s".formatted(StepText.first(sentences), instead));
    }

    private String proof(BackupManifest chosen) {
        int tables =
                new DumpProof(
                                attempt,
                                parts.targets().get(TargetNames.DEFAULT),
                                new BackupFolder(home()).dump(chosen.file()),
                                Optional.of(chosen),
                                parts.largestScratchBytes())
                        .require(VerificationLevel.RESTORE);
        return "%s%s: %,d tables, %,d rows, read back and equal%s"
                .formatted(
                        chosen.file().name(),
                        scratch == null ? " (not from the mirror)" : "",
                        tables,
                        chosen.rows(),
                        StepText.newerThan(choice.get()));
    }

    private Path home() {
        return scratch == null ? parts.home() : scratch;
    }

    private RecoveryChoice<BackupManifest> choose(Collection<String> disproved) {
        return new StoredManifests(attempt, parts)
                .chooseIn(home(), disproved)
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.NO_BACKUP_TO_RECOVER,
                                "%s holds no backup with a manifest."
                                        .formatted(
                                                scratch == null
                                                        ? parts.folder().path()
                                                        : "The mirror")));
    }

    private String ollama() {
        return StepText.onAnotherMachine(
                children.result(
                        attempt,
                        "dry run of the models",
                        new OllamaRestoreRequest(List.of(), null, true, false),
                        OllamaRestoreResult.class));
    }

    private String freshness() {
        BackupManifest backup = choice.orElseGet(() -> choose(List.of())).chosen();
        return "the data would be %s old"
                .formatted(StepText.of(Duration.between(backup.snapshotAt(), parts.queue().now())));
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
        int mine = attempt.lease().attempt();
        parts.scratch().remove((job, number) -> job.equals(attempt.jobId()) && number == mine);
    }
}
