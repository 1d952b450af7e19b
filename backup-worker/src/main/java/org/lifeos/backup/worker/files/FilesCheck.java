package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.lifeos.backup.files.SyncedFolders;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.FilesCheckResult.CheckedFolder;
import org.lifeos.backup.job.MirrorState;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;

/**
 * Compares the synced folders with the mirror: all files by name, size and time, some at random by
 * their content. Whatever cannot be proven is said to be unproven.
 */
public final class FilesCheck {
    /** What syncing may take; older differences are missing files. */
    private static final Duration USUAL_LAG = Duration.ofMinutes(15);

    private static final int LISTED_DIFFERENCES = 100;
    private static final int SAMPLE_OF_A_FOLDER = 8;

    private final Attempt attempt;
    private final FilesSettings settings;
    private final InstantSource clock;
    private final long seed;

    /**
     * @param seed decides which files are compared by content
     */
    public FilesCheck(Attempt attempt, FilesSettings settings, InstantSource clock, long seed) {
        this.attempt = attempt;
        this.settings = settings;
        this.clock = clock;
        this.seed = seed;
    }

    /**
     * @throws ProblemException when rsync is missing, or was ended
     */
    public FilesCheckResult run() {
        MirrorNonce nonce = new MirrorNonce(settings, clock);
        nonce.look();
        Optional<Mirror> mirror = settings.mirror().map(Mirror::new);
        Optional<String> problem =
                mirror.isEmpty()
                        ? Optional.of("no mirror is configured (SYNC_MIRROR_DIR)")
                        : mirror.get().problem(settings.home());
        Optional<Long> lag = problem.isEmpty() ? nonce.lagSeconds() : Optional.empty();
        List<CheckedFolder> folders = new ArrayList<>();
        for (String name : SyncedFolders.NAMES) {
            attempt.phase("compare", name);
            folders.add(
                    problem.isEmpty() && !mirror.orElseThrow().isHomesOwn(settings.home(), name)
                            ? compared(name, mirror.orElseThrow(), lag)
                            : unproven(name, List.of()));
        }
        return new FilesCheckResult(
                clock.instant(),
                seed,
                new FilesCheckResult.Mirror(
                        mirror.map(Mirror::path).map(Path::toString).orElse(null),
                        lag.orElse(null),
                        problem.orElse(null)),
                folders);
    }

    private CheckedFolder unproven(String name, List<MirrorDifference> why) {
        return result(name, inventory(name), MirrorState.UNPROVEN, null, why, 0);
    }

    /** Where the files are: the folder may be a link to another disk. */
    private Path place(String name) {
        Path folder = settings.home().resolve(name);
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            return folder;
        }
    }

    private MirrorDifference notRead(String why) {
        return new MirrorDifference("", "not all of it could be compared: " + why, clock.instant());
    }

    private FolderInventory inventory(String name) {
        return FolderInventory.of(
                place(name), new Random(seed), SAMPLE_OF_A_FOLDER, attempt::checkpoint);
    }

    /** Counting and comparing walk through the same folder at the same time. */
    private CheckedFolder compared(String name, Mirror mirror, Optional<Long> lag) {
        Path home = place(name);
        if (Files.notExists(home)) {
            return result(
                    name, inventory(name), MirrorState.IN_SYNC, lag.orElse(null), List.of(), 0);
        }
        if (!Files.isDirectory(home)) {
            return unproven(name, List.of(notRead("it is no folder that can be read")));
        }
        Optional<Path> copy = mirror.folder(name);
        if (copy.isEmpty()) {
            MirrorDifference absent =
                    new MirrorDifference("", "the mirror has no such folder", Instant.EPOCH);
            return result(name, inventory(name), MirrorState.MISSING, null, List.of(absent), 0);
        }
        CompletableFuture<FolderInventory> counting =
                CompletableFuture.supplyAsync(() -> inventory(name), Thread::startVirtualThread);
        MirrorComparison comparison = MirrorComparison.of(attempt, home, copy.get());
        List<MirrorDifference> differences = comparison.differences();
        FolderInventory inventory = joined(counting);
        int sampled = sample(home, copy.get(), inventory, differences);
        MirrorState state = state(differences);
        if (comparison.notRead().isPresent()) {
            differences.addFirst(notRead(comparison.notRead().get()));
            if (state != MirrorState.MISSING) {
                return result(name, inventory, MirrorState.UNPROVEN, null, differences, sampled);
            }
        }
        return result(name, inventory, state, lagOf(state, differences, lag), differences, sampled);
    }

    private static FolderInventory joined(CompletableFuture<FolderInventory> counting) {
        try {
            return counting.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Returns how many files were compared; what differs is added to the differences. */
    private int sample(
            Path home, Path copy, FolderInventory inventory, List<MirrorDifference> differences) {
        Set<String> known = new HashSet<>();
        differences.forEach(difference -> known.add(difference.name()));
        ContentSample sample = new ContentSample(new Random(seed));
        int compared = 0;
        for (Path file : inventory.sample()) {
            attempt.checkpoint();
            Path relative = home.relativize(file);
            String name = relative.toString();
            Path there = copy.resolve(relative);
            if (known.contains(name) || !Files.isRegularFile(there)) {
                continue;
            }
            try {
                Instant modified = Files.getLastModifiedTime(file).toInstant();
                boolean same = sample.isSame(file, there);
                compared++;
                if (!same && modified.equals(Files.getLastModifiedTime(file).toInstant())) {
                    differences.add(new MirrorDifference(name, "has other content", modified));
                }
            } catch (IOException e) {
                attempt.log("%s was not compared: %s".formatted(file, e.getMessage()));
            }
        }
        return compared;
    }

    private MirrorState state(List<MirrorDifference> differences) {
        if (differences.isEmpty()) {
            return MirrorState.IN_SYNC;
        }
        return differences.stream().allMatch(this::isYoung)
                ? MirrorState.LAGGING
                : MirrorState.MISSING;
    }

    /** A time in the future says nothing. */
    private boolean isYoung(MirrorDifference difference) {
        Duration age = Duration.between(difference.since(), clock.instant());
        return age.abs().compareTo(USUAL_LAG) < 0;
    }

    private Long lagOf(
            MirrorState state, List<MirrorDifference> differences, Optional<Long> measured) {
        if (state == MirrorState.IN_SYNC) {
            return measured.orElse(null);
        }
        return differences.stream()
                .map(MirrorDifference::since)
                .min(Instant::compareTo)
                .map(since -> Math.max(0, Duration.between(since, clock.instant()).toSeconds()))
                .orElse(null);
    }

    private static CheckedFolder result(
            String name,
            FolderInventory inventory,
            MirrorState state,
            Long lagSeconds,
            List<MirrorDifference> differences,
            int sampled) {
        return new CheckedFolder(
                name,
                inventory.files(),
                inventory.bytes(),
                inventory.newest(),
                state,
                lagSeconds,
                differences.stream()
                        .limit(LISTED_DIFFERENCES)
                        .map(difference -> sentence(name, difference))
                        .toList(),
                differences.size(),
                sampled,
                inventory.neverSynced(),
                inventory.neverSyncedCount());
    }

    private static String sentence(String folder, MirrorDifference difference) {
        String file = difference.name().isEmpty() ? folder : folder + "/" + difference.name();
        return "%s: %s".formatted(file, difference.how());
    }
}
