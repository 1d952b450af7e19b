package org.lifeos.backup.worker.files;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lifeos.backup.job.FileConflict;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.tool.RsyncTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/** What has to be copied from one folder to another, by a dry run of rsync. */
final class CopyPlan {
    private static final String IS_NEWER = " is newer";

    /** What would have to go for something of another kind; it stays. */
    private static final String IN_THE_WAY = "*deleting ";

    private final List<PlannedCopy> items = new ArrayList<>();
    private long keptNewer;
    private Optional<String> notRead = Optional.empty();

    private CopyPlan() {}

    /**
     * @param options that the copy will be made with
     * @throws ProblemException when rsync fails; what it cannot read is told by {@link
     *     #requireAllRead}
     */
    static CopyPlan of(
            Attempt attempt, Path from, Path to, FileConflict conflict, List<String> options) {
        CopyPlan plan = new CopyPlan();
        List<String> all = new ArrayList<>(options);
        all.addAll(SyncedNames.EXCLUDED_FROM_COPIES);
        if (conflict == FileConflict.KEEP_NEWER) {
            all.add("--update");
        }
        try (ToolProcess rsync = RsyncTool.plan(attempt, from, to, all);
                BufferedReader lines =
                        new BufferedReader(
                                new InputStreamReader(
                                        rsync.output(), StandardCharsets.ISO_8859_1))) {
            String line;
            while ((line = lines.readLine()) != null) {
                plan.read(attempt, line);
            }
            plan.notRead = CopyFailure.checkReading(attempt, rsync, rsync.await());
        } catch (IOException e) {
            throw CopyFailure.of(attempt, e);
        }
        plan.leaveOtherKinds(attempt, to, conflict);
        if (conflict == FileConflict.KEEP_NEWER) {
            plan.leaveNewerLinks(from, to);
        }
        return plan;
    }

    private void read(Attempt attempt, String line) {
        Optional<PlannedCopy> item = PlannedCopy.parse(line);
        if (item.isPresent()) {
            item.filter(found -> !found.isTheFolderItself()).ifPresent(items::add);
        } else if (line.endsWith(IS_NEWER)) {
            keptNewer++;
        } else if (!line.isBlank() && !line.startsWith(IN_THE_WAY)) {
            attempt.log("rsync: " + line);
        }
    }

    /**
     * What is a folder on one side and none on the other would have to be removed first, and
     * nothing is; other things are replaced when that was asked for.
     */
    private void leaveOtherKinds(Attempt attempt, Path to, FileConflict conflict) {
        Set<String> left = new HashSet<>();
        for (PlannedCopy item : items) {
            Path there = item.in(to);
            if (item.isNew()
                    && Files.exists(there, LinkOption.NOFOLLOW_LINKS)
                    && (conflict == FileConflict.KEEP_NEWER
                            || item.isDirectory()
                            || Files.isDirectory(there, LinkOption.NOFOLLOW_LINKS))) {
                left.add(item.key());
                attempt.log("%s is something else in the mirror, and stays".formatted(there));
            }
        }
        if (!left.isEmpty()) {
            items.removeIf(item -> isIn(left, item.key()));
        }
        keptNewer += left.size();
    }

    /** What {@code --update} does for files alone (rsync(1)). */
    private void leaveNewerLinks(Path from, Path to) {
        long before = items.size();
        items.removeIf(item -> item.isChangedLink() && isNewer(item.in(to), item.in(from)));
        keptNewer += before - items.size();
    }

    private static boolean isNewer(Path here, Path there) {
        try {
            Instant then = Files.getLastModifiedTime(there, LinkOption.NOFOLLOW_LINKS).toInstant();
            return Files.getLastModifiedTime(here, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .isAfter(then.plus(RsyncTool.SAME_TIME_WINDOW));
        } catch (IOException e) {
            // gone meanwhile: rsync will tell
            return false;
        }
    }

    private static boolean isIn(Set<String> left, String key) {
        int end = key.length();
        while (end >= 0 && !left.contains(key.substring(0, end))) {
            end = key.lastIndexOf('/', end - 1);
        }
        return end >= 0;
    }

    /**
     * @throws ProblemException when something in the folder could not be read, so that it is not in
     *     the plan
     */
    void requireAllRead(String folder) {
        if (notRead.isPresent()) {
            throw new ProblemException(
                    ProblemCode.FILES_COPY_FAILED,
                    "%s cannot be read whole: %s".formatted(folder, notRead.get()));
        }
    }

    /** All that is to be handed to rsync. */
    List<PlannedCopy> items() {
        return items;
    }

    /** Files and links whose content is to come. */
    private Stream<PlannedCopy> contents() {
        return items.stream().filter(PlannedCopy::isContent).filter(item -> !item.isDirectory());
    }

    long files() {
        return contents().count();
    }

    long bytes() {
        return contents().mapToLong(PlannedCopy::bytes).sum();
    }

    long keptNewer() {
        return keptNewer;
    }

    /** What is missing still, by its name. */
    List<String> names() {
        return items.stream().filter(PlannedCopy::isContent).map(PlannedCopy::text).toList();
    }
}
