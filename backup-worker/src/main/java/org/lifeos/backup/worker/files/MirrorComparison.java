package org.lifeos.backup.worker.files;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.tool.RsyncTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * In what a folder's copy in the mirror differs, by a dry run of rsync: by name, kind, size and
 * time. What is only in the mirror is no difference: it harms nobody. Names that differ in the way
 * they compose letters alone are the same: macOS takes them apart, a share puts them together.
 */
final class MirrorComparison {
    private static final Duration SAME_TIME = Duration.ofSeconds(2);

    /** What stands for bytes that are no text. */
    private static final char NO_LETTER = '\uFFFD';

    private final Path home;
    private final Path mirror;
    private final Map<Path, Map<String, Path>> composed = new HashMap<>();
    private final List<MirrorDifference> differences = new ArrayList<>();
    private Optional<String> notRead = Optional.empty();

    private MirrorComparison(Path home, Path mirror) {
        this.home = home.toAbsolutePath();
        this.mirror = mirror;
    }

    /**
     * @throws ProblemException when rsync is missing or was ended
     */
    static MirrorComparison of(Attempt attempt, Path home, Path mirror) {
        MirrorComparison comparison = new MirrorComparison(home, mirror);
        try (ToolProcess rsync =
                        RsyncTool.compare(attempt, home, mirror, SyncedNames.EXCLUDED_FROM_COPIES);
                BufferedReader lines =
                        new BufferedReader(
                                new InputStreamReader(
                                        rsync.output(), StandardCharsets.ISO_8859_1))) {
            String line;
            while ((line = lines.readLine()) != null) {
                PlannedCopy.parse(line).ifPresent(comparison::consider);
            }
            comparison.notRead = CopyFailure.checkReading(attempt, rsync, rsync.await());
        } catch (IOException e) {
            throw CopyFailure.of(attempt, e);
        }
        return comparison;
    }

    List<MirrorDifference> differences() {
        return differences;
    }

    /** What of the two could not be read, in rsync's words; empty when all was compared. */
    Optional<String> notRead() {
        return notRead;
    }

    private void consider(PlannedCopy item) {
        if (!item.isContent() || item.isTheFolderItself()) {
            return;
        }
        Path here = item.in(home);
        Path name = home.relativize(here);
        if (isLeftOut(name)) {
            return;
        }
        try {
            BasicFileAttributes now =
                    Files.readAttributes(
                            here, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            how(item, name, now)
                    .ifPresent(how ->
                            differences.add(
                                    new MirrorDifference(
                                            item.text(), how, now.lastModifiedTime().toInstant())));
        } catch (IOException e) {
            // gone meanwhile
        }
    }

    private static boolean isLeftOut(Path name) {
        for (Path part : name) {
            if (SyncedNames.isNeverSynced(part) || SyncedNames.isInternal(part)) {
                return true;
            }
        }
        return false;
    }

    private Optional<String> how(PlannedCopy item, Path name, BasicFileAttributes here) {
        if (!item.isNew()) {
            return Optional.of(
                    item.differsInSize() ? "has another size" : "was changed at another time");
        }
        Optional<Path> there = isText(name) ? find(name) : Optional.empty();
        if (there.isEmpty()) {
            return Optional.of("missing in the mirror");
        }
        try {
            return differs(
                    here,
                    Files.readAttributes(
                            there.get(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            return Optional.of("missing in the mirror");
        }
    }

    /** Of other bytes only rsync knows whether they are the same: as text many would be. */
    private static boolean isText(Path name) {
        return name.toString().indexOf(NO_LETTER) < 0;
    }

    private static Optional<String> differs(BasicFileAttributes here, BasicFileAttributes there) {
        if (here.isDirectory() != there.isDirectory()
                || here.isSymbolicLink() != there.isSymbolicLink()) {
            return Optional.of("is of another kind");
        }
        if (here.isRegularFile() && here.size() != there.size()) {
            return Optional.of("has another size");
        }
        Duration apart =
                Duration.between(
                                here.lastModifiedTime().toInstant(),
                                there.lastModifiedTime().toInstant())
                        .abs();
        return here.isRegularFile() && apart.compareTo(SAME_TIME) > 0
                ? Optional.of("was changed at another time")
                : Optional.empty();
    }

    /** The file of this name in the mirror, however its letters are composed. */
    Optional<Path> find(Path name) {
        Path found = mirror;
        for (Path part : name) {
            Path next = composedNames(found).get(composed(part));
            if (next == null) {
                return Optional.empty();
            }
            found = next;
        }
        return Optional.of(found);
    }

    private Map<String, Path> composedNames(Path folder) {
        return composed.computeIfAbsent(
                folder,
                path -> {
                    Map<String, Path> names = new HashMap<>();
                    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                        try (Stream<Path> entries = Files.list(path)) {
                            entries.forEach(
                                    entry -> names.put(composed(entry.getFileName()), entry));
                        } catch (IOException e) {
                            // what cannot be listed cannot be found in it
                        }
                    }
                    return names;
                });
    }

    private static String composed(Path name) {
        return Normalizer.normalize(name.toString(), Normalizer.Form.NFC);
    }
}
