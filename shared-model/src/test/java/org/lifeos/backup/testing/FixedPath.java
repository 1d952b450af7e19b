package org.lifeos.backup.testing;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;

/**
 * A file or folder that nobody may change until it is closed, not even root (chattr(1)). Where that
 * cannot be had, the test is skipped.
 */
public record FixedPath(Path path) implements AutoCloseable {

    public static FixedPath of(Path path) {
        assumeThat(CommandRun.of("chattr", "+i", path.toString()).exitCode())
                .as("a path that not even its owner may change")
                .isZero();
        return new FixedPath(path);
    }

    @Override
    public void close() {
        CommandRun.of("chattr", "-i", path.toString()).orThrow();
    }
}
