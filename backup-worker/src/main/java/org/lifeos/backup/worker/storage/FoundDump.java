package org.lifeos.backup.worker.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Optional;

/**
 * A dump as it lies in the backup folder, whoever put it there.
 *
 * @param name as in {@link org.lifeos.backup.catalog.DumpFile}
 * @param fileKey what tells it from another file that takes its name; null where the file system
 *     has nothing of the kind
 */
public record FoundDump(
        String name, Path path, long sizeBytes, Instant modifiedAt, Object fileKey) {

    /** Empty where there is no file of the name, or something else; links are not followed. */
    static Optional<FoundDump> at(DumpFiles files) {
        if (files.leadElsewhere()) {
            return Optional.empty();
        }
        try {
            BasicFileAttributes now =
                    Files.readAttributes(
                            files.dumpPath(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return now.isRegularFile()
                    ? Optional.of(
                            new FoundDump(
                                    files.dump(),
                                    files.dumpPath(),
                                    now.size(),
                                    now.lastModifiedTime().toInstant(),
                                    now.fileKey()))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
