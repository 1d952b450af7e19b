package org.lifeos.backup.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A pg_dump and a compressor that misbehave when a test says so: shell scripts that come first in a
 * worker's PATH and hand over to the real programs otherwise. They tell the real ones' version.
 */
final class FakeTools implements AutoCloseable {
    private final Path folder;
    private final String path;

    FakeTools(Stack stack) {
        Path bin =
                stack.targetServer()
                        .bin()
                        .orElseThrow(() -> new IllegalStateException("no pg_dump on this machine"));
        path = stack.toolPath();
        try {
            folder = Files.createTempDirectory("fake-tools-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        script("pg_dump", bin.resolve("pg_dump").toString());
        script("pg_dumpall", bin.resolve("pg_dumpall").toString());
        script("igzip", installed("igzip") ? real("igzip") : "gzip -1");
    }

    private boolean installed(String program) {
        return !real(program).isEmpty();
    }

    private String real(String program) {
        return Arrays.stream(path.split(":"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse("");
    }

    private void script(String name, String real) {
        String script =
                """
                #!/bin/sh
                case "$1" in --version|-V) exec %1$s --version;; esac
                real() { %1$s "$@"; }
                await_go() { while [ -d '%2$s' ] && [ ! -e '%2$s/go' ]; do sleep 0.05; done; }
                if [ -e '%2$s/%3$s.body' ]; then . '%2$s/%3$s.body'; else exec %1$s "$@"; fi
                """
                        .formatted(real, folder, name);
        try {
            Path file = Files.writeString(folder.resolve(name), script);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a worker that is to use them. */
    Map<String, String> environment() {
        return Map.of("PATH", folder + ":" + path);
    }

    /**
     * From now on pg_dump does this instead.
     *
     * @param body in which {@code real "$@"} is the real one and {@code await_go} waits until
     *     {@link #go} is called
     */
    void pgDump(String body) {
        body("pg_dump", body);
    }

    /** From now on the compressor does this instead; see {@link #pgDump}. */
    void compressor(String body) {
        body("igzip", body);
    }

    private void body(String name, String body) {
        try {
            Path written = Files.writeString(folder.resolve(name + ".new"), body + "\n");
            Files.move(written, folder.resolve(name + ".body"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets scripts that wait go on. */
    void go() {
        try {
            Files.createFile(folder.resolve("go"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on all tools are the real ones. */
    void beHonest() {
        try {
            for (String file : new String[] {"pg_dump.body", "igzip.body", "go"}) {
                Files.deleteIfExists(folder.resolve(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
