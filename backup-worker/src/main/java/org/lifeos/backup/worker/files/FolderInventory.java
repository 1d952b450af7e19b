package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a folder holds: counted in one walk, which also chooses some files at random. What vanishes
 * meanwhile is not there.
 */
final class FolderInventory extends SimpleFileVisitor<Path> {
    private static final int LISTED = 100;

    private final Path folder;
    private final Random random;
    private final int sampleSize;
    private final Runnable checkpoint;
    private final List<Path> sample = new ArrayList<>();
    private final List<String> neverSynced = new ArrayList<>();
    private long neverSyncedCount;
    private long regularFiles;
    private long files;
    private long bytes;
    private Instant newest;

    private FolderInventory(Path folder, Random random, int sampleSize, Runnable checkpoint) {
        this.folder = folder;
        this.random = random;
        this.sampleSize = sampleSize;
        this.checkpoint = checkpoint;
    }

    /**
     * @param random decides which files are chosen
     * @param checkpoint called again and again; what it throws ends the walk
     */
    static FolderInventory of(Path folder, Random random, int sampleSize, Runnable checkpoint) {
        FolderInventory inventory = new FolderInventory(folder, random, sampleSize, checkpoint);
        try {
            if (Files.isDirectory(folder)) {
                Files.walkFileTree(folder, inventory);
            }
        } catch (IOException e) {
            // every failure of a single file is passed over below; the folder itself went away
        }
        return inventory;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
        checkpoint.run();
        if (path.equals(folder)) {
            return FileVisitResult.CONTINUE;
        }
        if (SyncedNames.isInternal(path.getFileName())) {
            return FileVisitResult.SKIP_SUBTREE;
        }
        noteName(path);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
        if (SyncedNames.isInternal(path.getFileName())) {
            return FileVisitResult.CONTINUE;
        }
        boolean syncs = !noteName(path);
        files++;
        bytes += attributes.size();
        Instant modified = attributes.lastModifiedTime().toInstant();
        if (newest == null || modified.isAfter(newest)) {
            newest = modified;
        }
        if (syncs && attributes.isRegularFile()) {
            offer(path);
        }
        return FileVisitResult.CONTINUE;
    }

    /** Each file has the same chance, whatever their number (Vitter's algorithm R). */
    private void offer(Path path) {
        regularFiles++;
        if (sample.size() < sampleSize) {
            sample.add(path);
        } else {
            long place = random.nextLong(regularFiles);
            if (place < sampleSize) {
                sample.set((int) place, path);
            }
        }
    }

    /** Whether Synology leaves it out, by its own name. */
    private boolean noteName(Path path) {
        boolean never = SyncedNames.isNeverSynced(path.getFileName());
        if (never) {
            neverSyncedCount++;
            if (neverSynced.size() < LISTED) {
                neverSynced.add(folder.relativize(path).toString());
            }
        }
        return never;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException failure) {
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path path, IOException failure) {
        return FileVisitResult.CONTINUE;
    }

    long files() {
        return files;
    }

    long bytes() {
        return bytes;
    }

    /** Null where there is no file. */
    Instant newest() {
        return newest;
    }

    List<Path> sample() {
        return sample;
    }

    List<String> neverSynced() {
        return neverSynced;
    }

    long neverSyncedCount() {
        return neverSyncedCount;
    }
}
