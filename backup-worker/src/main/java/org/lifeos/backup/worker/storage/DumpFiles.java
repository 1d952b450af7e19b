package org.lifeos.backup.worker.storage;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.lifeos.backup.job.Lease;

/**
 * Where the files of one dump are.
 *
 * @param folder the backup folder
 * @param dump the dump's name under it; a safety backup's begins with {@code safety/}
 */
record DumpFiles(Path folder, String dump) {

    String manifest() {
        return dump + ".manifest.json";
    }

    String checksum() {
        return dump + ".sha256";
    }

    String roles() {
        return dump + ".roles.sql";
    }

    /** In the order in which they are published: the dump's own name is the commit. */
    List<String> all() {
        return List.of(manifest(), checksum(), roles(), dump);
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    Path dumpPath() {
        return path(dump);
    }

    /** The folder that holds them all. */
    Path place() {
        return dumpPath().getParent();
    }

    /** Whether a link leads out of the backup folder: what is behind it is never touched. */
    boolean leadElsewhere() {
        return !place().equals(folder) && Files.isSymbolicLink(place());
    }

    boolean exists(String name) {
        return Files.exists(path(name), LinkOption.NOFOLLOW_LINKS);
    }

    boolean areAllFiles() {
        return !leadElsewhere()
                && all().stream()
                        .allMatch(
                                name -> Files.isRegularFile(path(name), LinkOption.NOFOLLOW_LINKS));
    }

    /** The hidden name beside the visible one that an attempt writes under. */
    Path partial(String name, Lease lease) {
        Path visible = path(name);
        return visible.resolveSibling(
                ".%s.%s-%d%s"
                        .formatted(
                                visible.getFileName(),
                                lease.jobId(),
                                lease.attempt(),
                                PartialBackup.SUFFIX));
    }
}
