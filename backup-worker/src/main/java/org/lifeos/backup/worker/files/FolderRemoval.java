package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jboss.logging.Logger;

/** Removes a folder with all that is in it. Links in it are removed, not followed. */
public final class FolderRemoval extends SimpleFileVisitor<Path> {
    private static final Logger LOG = Logger.getLogger(FolderRemoval.class);

    private FolderRemoval() {}

    /** What cannot be removed is said, and stays. */
    public static void remove(Path folder) {
        try {
            if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                Files.walkFileTree(folder, new FolderRemoval());
            }
        } catch (IOException e) {
            LOG.warnf("%s stays for now: %s", folder, e.getMessage());
        }
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
            throws IOException {
        // a copied one may have a mode that forbids it
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
        if (failure != null) {
            throw failure;
        }
        Files.delete(folder);
        return FileVisitResult.CONTINUE;
    }
}
