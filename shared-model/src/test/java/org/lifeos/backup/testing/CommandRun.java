package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A command that ran to its end.
 *
 * @param output what it wrote to stdout and stderr, in order
 */
public record CommandRun(List<String> command, int exitCode, String output) {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /**
     * How a command is run, where that matters.
     *
     * @param input the file it reads as stdin, or null for none
     * @param environment added to this process's own
     */
    public record Setting(Path folder, Path input, Map<String, String> environment) {
        static final Setting NONE = new Setting(Path.of("/"), null, Map.of());
    }

    /** Runs a command in the root folder, without input, for two minutes at most. */
    public static CommandRun of(String... command) {
        return of(Setting.NONE, List.of(command));
    }

    /**
     * Runs a command, for two minutes at most.
     *
     * @throws IllegalStateException when it cannot be started or does not end in time; it is killed
     *     then
     */
    public static CommandRun of(Setting setting, List<String> command) {
        try {
            Path output = Files.createTempFile("command-", ".out");
            try {
                return run(setting, command, output);
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot run " + command + ": " + e.getMessage(), e);
        }
    }

    /**
     * The output of a command that ended with 0.
     *
     * @throws IllegalStateException with the output when it ended otherwise
     */
    public String orThrow() {
        if (exitCode != 0) {
            throw new IllegalStateException(
                    "%s ended with %d:%n%s".formatted(String.join(" ", command), exitCode, output));
        }
        return output;
    }

    // Into a file, not a pipe: nobody has to read along, and a command with much to say never waits
    // for a reader.
    private static CommandRun run(Setting setting, List<String> command, Path output)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(setting.folder().toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        if (setting.input() != null) {
            builder.redirectInput(setting.input().toFile());
        }
        builder.environment().putAll(setting.environment());
        Process process = builder.start();
        if (setting.input() == null) {
            process.getOutputStream().close();
        }
        try {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " did not end within " + LIMIT);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + command, e);
        }
        return new CommandRun(List.copyOf(command), process.exitValue(), text(output));
    }

    /** A file as text; bytes that are not UTF-8 are replaced, because logs may hold anything. */
    static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
