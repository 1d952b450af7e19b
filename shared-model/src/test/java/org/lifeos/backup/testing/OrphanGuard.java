package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends what this JVM started when the JVM itself is killed: a shutdown hook does not survive {@code
 * kill -9}.
 *
 * <p>A shell waits at the end of a pipe. A line means that all is well; the end of the pipe without
 * one means that the JVM is gone, and the shell cleans up.
 */
final class OrphanGuard implements AutoCloseable {
    // The terminal's Ctrl-C reaches the whole process group: the guard must outlive the JVM, so it
    // ignores signals.
    private static final String WAIT =
            "trap '' HUP INT TERM; if read -r all_is_well; then exit 0; fi; ";

    private final Process shell;

    private OrphanGuard(Process shell) {
        this.shell = shell;
    }

    /**
     * Runs a shell script with these arguments once this JVM is gone, unless the guard was closed
     * before.
     */
    static OrphanGuard start(String script, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", WAIT + script, "guard"));
        command.addAll(arguments);
        try {
            return new OrphanGuard(
                    new ProcessBuilder(command)
                            .redirectOutput(Redirect.DISCARD)
                            .redirectError(Redirect.DISCARD)
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try (var pipe = shell.getOutputStream()) {
            pipe.write("well\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException gone) {
            // A guard that somebody ended has nothing left to guard.
        }
    }
}
