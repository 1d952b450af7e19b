package org.lifeos.backup.worker.files;

import java.nio.file.Path;
import java.util.Optional;
import org.lifeos.backup.config.Environment;

/**
 * Where the files are.
 *
 * @param home {@code LIFEOS_HOME}
 * @param mirror where the synced copy of it is seen; empty where none is configured
 */
public record FilesSettings(Path home, Optional<Path> mirror) {

    public static FilesSettings of(Environment environment, Path home) {
        return new FilesSettings(
                home,
                environment
                        .text("SYNC_MIRROR_DIR")
                        .map(text -> Path.of(text).toAbsolutePath().normalize()));
    }
}
