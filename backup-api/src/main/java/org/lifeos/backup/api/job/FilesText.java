package org.lifeos.backup.api.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.FilesCheckResult.CheckedFolder;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.FilesRestoreResult.Folder;
import org.lifeos.backup.job.MirrorState;

/** The results of jobs about the folders for a terminal. */
final class FilesText {
    private FilesText() {}

    static String of(FilesRestoreResult restore) {
        String folders =
                restore.folders().stream().map(FilesText::of).collect(Collectors.joining("; "));
        return "%,d files, %,d bytes %s: %s"
                .formatted(
                        restore.files(),
                        restore.bytes(),
                        restore.dryRun() ? "to copy" : "copied",
                        folders);
    }

    /** The worst state of a folder: what scripts look for. */
    static String lastWord(FilesCheckResult check) {
        return check.folders().stream()
                .map(CheckedFolder::mirrorState)
                .max(Comparator.naturalOrder())
                .map(MirrorState::name)
                .orElse("-");
    }

    static String of(FilesCheckResult check) {
        FilesCheckResult.Mirror mirror = check.mirror();
        if (mirror.problem() != null) {
            return "unproven: " + mirror.problem();
        }
        return mirror.lagSeconds() == null
                ? "mirror " + mirror.path()
                : "mirror %s, %,d s behind".formatted(mirror.path(), mirror.lagSeconds());
    }

    static List<String> items(FilesCheckResult check) {
        List<String> items = new ArrayList<>();
        for (CheckedFolder folder : check.folders()) {
            items.add(
                    "%s %s: %,d files, %,d bytes, %,d differences"
                            .formatted(
                                    folder.mirrorState(),
                                    folder.folder(),
                                    folder.files(),
                                    folder.bytes(),
                                    folder.differenceCount()));
            items.addAll(folder.differences());
        }
        return items;
    }

    private static String of(Folder folder) {
        if (!folder.inMirror()) {
            return folder.folder() + " not in the mirror";
        }
        String kept =
                folder.keptNewer() == 0 ? "" : ", %,d newer kept".formatted(folder.keptNewer());
        return "%s %,d files%s".formatted(folder.folder(), folder.files(), kept);
    }
}
