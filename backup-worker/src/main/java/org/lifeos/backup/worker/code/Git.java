package org.lifeos.backup.worker.code;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.tool.ToolProcess;

/** Runs git with an environment of its own, no longer than a limit. */
final class Git {
    private static final int CHUNK = 8_192;
    private static final int ENDED = -1;

    /** What {@link #text} keeps of an answer; no sound one is near. */
    private static final int LONGEST_TEXT = 32 << 20;

    private final Attempt attempt;
    private final Map<String, String> environment;
    private final Duration limit;

    Git(Attempt attempt, Map<String, String> environment, Duration limit) {
        this.attempt = attempt;
        this.environment = Map.copyOf(environment);
        this.limit = limit;
    }

    /** What a run came to; one that was too late may have no value. */
    record Answer<T>(T value, int exitCode, boolean tooLate, String lastWords) {}

    /** Reads what git prints; all of it need not be read. */
    @FunctionalInterface
    interface Reader<T> {
        T read(InputStream output) throws IOException;
    }

    /**
     * What git prints, as text.
     *
     * @throws ProblemException GIT_FAILED when git does not end with 0 within the limit
     */
    String text(String input, String... arguments) {
        return read(input, Git::text, arguments);
    }

    /** As {@link #text}, for what is read while it is printed. */
    <T> T read(String input, Reader<T> reader, String... arguments) {
        Answer<T> answer = run(input, reader, arguments);
        if (answer.tooLate()) {
            throw new ProblemException(
                    ProblemCode.GIT_FAILED,
                    "git %s took longer than %d seconds."
                            .formatted(arguments[0], limit.toSeconds()));
        }
        if (answer.exitCode() != 0) {
            throw new ProblemException(
                    ProblemCode.GIT_FAILED,
                    "git %s ended with exit code %d. %s"
                            .formatted(arguments[0], answer.exitCode(), answer.lastWords()));
        }
        return answer.value();
    }

    /**
     * Whatever it comes to.
     *
     * @param input for its standard input
     */
    <T> Answer<T> run(String input, Reader<T> reader, String... arguments) {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        AtomicBoolean tooLate = new AtomicBoolean();
        CountDownLatch over = new CountDownLatch(1);
        try (ToolProcess tool = ToolProcess.start(attempt, command, environment)) {
            Thread.ofVirtual()
                    .start(() -> {
                        if (!within(limit, over)) {
                            tooLate.set(true);
                            tool.end();
                        }
                    });
            Thread.ofVirtual().start(() -> write(tool.input(), input));
            T value = reader.read(tool.output());
            int exitCode = tool.await();
            attempt.checkpoint();
            return new Answer<>(value, exitCode, tooLate.get(), tool.lastWords());
        } catch (IOException e) {
            // its output closes when it is ended; an attempt that was stopped says so itself
            attempt.checkpoint();
            if (tooLate.get()) {
                return new Answer<>(null, ENDED, true, "");
            }
            throw new UncheckedIOException("git " + arguments[0], e);
        } finally {
            over.countDown();
        }
    }

    private static boolean within(Duration limit, CountDownLatch over) {
        try {
            return over.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void write(OutputStream to, String input) {
        try (to) {
            to.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // git has ended before it read all; its exit code tells
        }
    }

    static String text(InputStream output) throws IOException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK];
        int read;
        while ((read = output.read(chunk)) >= 0) {
            if (kept.size() + read > LONGEST_TEXT) {
                throw new ProblemException(
                        ProblemCode.GIT_FAILED,
                        "git printed more than %d MiB.".formatted(LONGEST_TEXT >> 20));
            }
            kept.write(chunk, 0, read);
        }
        return kept.toString(StandardCharsets.UTF_8);
    }
}
