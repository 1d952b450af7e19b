package org.lifeos.backup.worker.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;

/**
 * A child process of an attempt. It ends with the attempt: first it is asked (TERM), then it is
 * made to (KILL). What it says on standard error goes to the job's log; the last lines are kept for
 * the failure's detail.
 */
public final class ToolProcess implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(3);
    private static final int KEPT_LINES = 20;
    private static final int LONGEST_LINE = 2_000;
    private static final int SIGNALLED = 128;

    private final String name;
    private final Process process;
    private final Attempt attempt;
    private final Attempt.Registration registration;
    private final Thread errorReader;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final Consumer<String> listener;

    private ToolProcess(String name, Process process, Attempt attempt, Consumer<String> listener) {
        this.name = name;
        this.process = process;
        this.attempt = attempt;
        this.listener = listener;
        this.errorReader =
                Thread.ofPlatform().name(name + "-stderr").daemon().start(this::readErrors);
        this.registration = attempt.onStop(this::end);
    }

    /**
     * @param command the tool and its arguments; they are seen by everybody on the machine, so no
     *     secret is among them
     * @throws ProblemException when the tool cannot be started
     */
    public static ToolProcess start(
            Attempt attempt, List<String> command, Map<String, String> environment) {
        return start(attempt, command, environment, _ -> {});
    }

    /**
     * @param listener is told, on a thread of its own, each line that the tool says on standard
     *     error; it may hold secrets
     */
    public static ToolProcess start(
            Attempt attempt,
            List<String> command,
            Map<String, String> environment,
            Consumer<String> listener) {
        attempt.checkpoint();
        ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        String name = Path.of(command.getFirst()).getFileName().toString();
        try {
            return new ToolProcess(name, builder.start(), attempt, listener);
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.TOOL_MISSING,
                    "%s cannot be started: %s".formatted(name, e.getMessage()),
                    e);
        }
    }

    public String name() {
        return name;
    }

    public OutputStream input() {
        return process.getOutputStream();
    }

    public InputStream output() {
        return process.getInputStream();
    }

    /**
     * Waits for the end and returns the exit code; 128 and the signal's number when it was killed.
     */
    public int await() {
        try {
            int code = process.waitFor();
            errorReader.join(GRACE);
            return code;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + name, e);
        }
    }

    /** Waits for its end no longer than that; its exit code if it came. */
    public OptionalInt awaitFor(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)
                    ? OptionalInt.of(await())
                    : OptionalInt.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + name, e);
        }
    }

    public static boolean wasKilled(int exitCode) {
        return exitCode > SIGNALLED;
    }

    /**
     * The last that it said on standard error, as one line without secrets; empty when it said
     * nothing.
     */
    public String lastWords() {
        synchronized (lastLines) {
            return attempt.redact(String.join(" ", lastLines));
        }
    }

    /**
     * That it did not do what it should have, in its own last words.
     *
     * @param cause what its user noticed of that; null for nothing
     */
    ProblemException failed(ProblemCode code, int exitCode, IOException cause) {
        String how = wasKilled(exitCode) ? "was killed" : "failed";
        return new ProblemException(
                code,
                "%s %s with exit code %d. %s".formatted(name, how, exitCode, lastWords()).strip(),
                cause);
    }

    /**
     * Ends the process: TERM, and after a moment KILL. Returns at once; the process may take the
     * moment.
     */
    public void end() {
        List<ProcessHandle> children = terminate();
        if (process.isAlive()) {
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                                process.destroyForcibly();
                            }
                        } catch (InterruptedException e) {
                            process.destroyForcibly();
                        }
                        children.forEach(ProcessHandle::destroyForcibly);
                    });
        }
    }

    /** Asks the process and those that it started; without it, nobody would know them any more. */
    private List<ProcessHandle> terminate() {
        List<ProcessHandle> children = process.descendants().toList();
        // closes no stream, for which it would wait while another thread writes into it
        process.toHandle().destroy();
        children.forEach(ProcessHandle::destroy);
        return children;
    }

    private void readErrors() {
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            int c;
            while ((c = reader.read()) >= 0) {
                if (c == '\n') {
                    said(line);
                } else if (line.length() < LONGEST_LINE) {
                    line.append((char) c);
                }
            }
            said(line);
        } catch (IOException e) {
            // the process is gone, and its words with it
        }
    }

    private void said(StringBuilder line) {
        if (!line.isEmpty()) {
            String text = line.toString();
            line.setLength(0);
            synchronized (lastLines) {
                lastLines.addLast(text);
                if (lastLines.size() > KEPT_LINES) {
                    lastLines.removeFirst();
                }
            }
            listener.accept(text);
            attempt.log("%s: %s".formatted(name, text));
        }
    }

    /** Makes sure that the process is gone. */
    @Override
    public void close() {
        registration.close();
        if (process.isAlive()) {
            List<ProcessHandle> children = terminate();
            try {
                if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly().waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
            children.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
