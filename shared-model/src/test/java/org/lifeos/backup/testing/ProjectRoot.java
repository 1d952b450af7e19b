package org.lifeos.backup.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the checkout begins, whichever module's folder the tests run in. */
public final class ProjectRoot {
    private ProjectRoot() {}

    /**
     * The folder that holds the Maven wrapper, found upwards from the working directory.
     *
     * @throws IllegalStateException when there is none
     */
    public static Path find() {
        Path start = Path.of("").toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve("mvnw"))) {
                return folder;
            }
        }
        throw new IllegalStateException("no folder with mvnw in or above " + start);
    }
}
