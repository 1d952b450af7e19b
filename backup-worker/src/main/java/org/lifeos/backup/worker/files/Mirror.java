package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.lifeos.backup.files.SyncedFolders;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** The folder in which the synced copy is seen. */
final class Mirror {
    private final Path path;

    Mirror(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /**
     * @throws ProblemException when it is not there, is empty as a share that is not mounted, or is
     *     the home folder itself
     */
    void requireUsable(Path home) {
        Optional<String> problem = problem(home);
        if (problem.isPresent()) {
            throw new ProblemException(ProblemCode.MIRROR_UNAVAILABLE, problem.get() + ".");
        }
    }

    /** Why it is no copy of the home folder that can be read; empty where it is one. */
    Optional<String> problem(Path home) {
        if (!Files.isDirectory(path) || !Files.isReadable(path)) {
            return Optional.of("%s is no folder that can be read".formatted(path));
        }
        if (isInside(home, path) || isInside(path, home)) {
            return Optional.of(
                    "%s and %s are one place, and no copy of each other".formatted(path, home));
        }
        return SyncedFolders.NAMES.stream().anyMatch(name -> Files.isDirectory(path.resolve(name)))
                ? Optional.empty()
                : Optional.of(
                        "%s has none of the folders %s; perhaps the share is not mounted"
                                .formatted(path, String.join(", ", SyncedFolders.NAMES)));
    }

    private static boolean isInside(Path folder, Path other) {
        try {
            return folder.toRealPath().startsWith(other.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether a folder of the mirror is the very one at home, by a link or a mount. */
    boolean isHomesOwn(Path home, String name) {
        try {
            return Files.exists(home.resolve(name))
                    && Files.exists(path.resolve(name))
                    && Files.isSameFile(home.resolve(name), path.resolve(name));
        } catch (IOException e) {
            return false;
        }
    }

    /** A synced folder in the mirror; none where a part of its path is a link. */
    Optional<Path> folder(String name) {
        Path folder = path;
        for (Path part : Path.of(name)) {
            folder = folder.resolve(part);
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty();
            }
        }
        return Optional.of(folder);
    }
}
