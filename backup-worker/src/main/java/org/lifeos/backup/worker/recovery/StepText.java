package org.lifeos.backup.worker.recovery;

import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.lifeos.backup.catalog.RecoveryChoice;
import org.lifeos.backup.catalog.Restorable;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.FilesRestoreResult.Folder;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.RestoredModel;

/** What steps say, in words for people. */
final class StepText {
    private static final int NAMED = 3;

    private static final Set<ModelOutcome> FETCHED =
            EnumSet.of(ModelOutcome.ALREADY_EXACT, ModelOutcome.DRIFTED, ModelOutcome.MISSING);

    private StepText() {}

    /** What the mirror does not have did not come back. */
    static String of(FilesRestoreResult restored) {
        List<String> lacking =
                restored.folders().stream()
                        .filter(folder -> !folder.inMirror())
                        .map(Folder::folder)
                        .toList();
        long kept = restored.folders().stream().mapToLong(Folder::keptNewer).sum();
        return "%d folders, %,d files and %,d bytes %s%s%s"
                .formatted(
                        restored.folders().size() - lacking.size(),
                        restored.files(),
                        restored.bytes(),
                        restored.dryRun() ? "to copy" : "copied",
                        kept == 0 ? "" : ", %,d newer kept".formatted(kept),
                        lacking.isEmpty()
                                ? ""
                                : "; not in the mirror: " + String.join(", ", lacking));
    }

    static String of(OllamaRestoreResult restored) {
        return "%d models, %,d bytes to fetch"
                .formatted(restored.models().size(), restored.fetchBytes());
    }

    /** What another machine would have to fetch; equal contents are fetched once. */
    static String onAnotherMachine(OllamaRestoreResult planned) {
        Set<String> contents = new HashSet<>();
        long bytes =
                planned.models().stream()
                        .filter(model -> FETCHED.contains(model.outcome()))
                        .filter(model ->
                                model.savedDigest() == null || contents.add(model.savedDigest()))
                        .mapToLong(RestoredModel::sizeBytes)
                        .sum();
        return "%d models, %,d bytes to fetch on another machine, which is not in the time"
                .formatted(planned.models().size(), bytes);
    }

    /** What would be lost is named: it is what a rehearsal is for. */
    static String of(FilesCheckResult check) {
        String folders =
                check.folders().stream()
                        .map(folder -> "%s %s".formatted(folder.folder(), folder.mirrorState()))
                        .collect(Collectors.joining(", "));
        List<String> differences =
                check.folders().stream().flatMap(folder -> folder.differences().stream()).toList();
        return differences.isEmpty() ? folders : "%s: %s".formatted(folders, first(differences));
    }

    static String of(CodeCheckResult check) {
        if (check.nothingIsOpen()) {
            return "all is committed and pushed";
        }
        String pushed =
                check.pushed() == null
                        ? "not known whether it is pushed"
                        : check.pushed() ? "pushed" : "not pushed";
        String said =
                "%s, %d uncommitted files, %d stashes"
                        .formatted(pushed, check.dirtyFileCount(), check.stashes());
        return check.problems().isEmpty() ? said : said + "; " + first(check.problems());
    }

    /** The newer ones that a recovery does not bring back; nothing where there are none. */
    static String newerThan(RecoveryChoice<?> choice) {
        return choice.passedOver().isEmpty()
                ? ""
                : "; newer, and passed over for holding less than half as much: "
                        + files(choice.passedOver());
    }

    /**
     * As {@link #newerThan(RecoveryChoice)}.
     *
     * @param unrestorable newer ones that turned out to be corrupt when they were restored
     */
    static String newerThan(RecoveryChoice<?> choice, List<String> unrestorable) {
        String corrupt =
                unrestorable.isEmpty() ? "" : "; corrupt, and marked so: " + first(unrestorable);
        return corrupt + newerThan(choice);
    }

    static String files(List<? extends Restorable> backups) {
        return first(backups.stream().map(backup -> backup.file().name()).toList());
    }

    static String of(long milliseconds) {
        return of(Duration.ofMillis(milliseconds));
    }

    /** The two largest units say enough. */
    static String of(Duration time) {
        if (time.compareTo(Duration.ofMinutes(1)) < 0) {
            return "%.1f s".formatted(time.toMillis() / 1000.0);
        }
        if (time.compareTo(Duration.ofHours(1)) < 0) {
            return "%d min %d s".formatted(time.toMinutes(), time.toSecondsPart());
        }
        return time.compareTo(Duration.ofDays(2)) < 0
                ? "%d h %d min".formatted(time.toHours(), time.toMinutesPart())
                : "%d days %d h".formatted(time.toDays(), time.toHoursPart());
    }

    /** The first few of many. */
    static String first(List<String> sentences) {
        String named = sentences.stream().limit(NAMED).collect(Collectors.joining("; "));
        int more = sentences.size() - NAMED;
        return more > 0 ? "%s; and %d more".formatted(named, more) : named;
    }
}
