package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A service as users run it: its jar, in a process of its own, told everything by its environment.
 *
 * <p>The environment holds PATH, HOME and LANG and what the test gives, nothing else of the
 * machine. Output goes to a file under the module's {@code target/service-logs}. {@link #close}
 * ends the process and whatever it started; so does a guard when this JVM is killed.
 */
public final class ServiceProcess implements AutoCloseable {
    private static final Duration READY_LIMIT = Duration.ofSeconds(90);
    private static final Duration TERMINATE_LIMIT = Duration.ofSeconds(30);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);
    private static final int POLL_MS = 50;
    private static final int TAIL = 6_000;

    /** Small and quick to start: these services live for seconds. */
    public static final List<String> SHORT_LIVED =
            List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final String name;
    private final Process process;
    private final Path logFile;
    private final OrphanGuard guard;
    private final Set<ProcessHandle> leftBehind = new HashSet<>();

    private ServiceProcess(String name, Process process, Path logFile) {
        this.name = name;
        this.process = process;
        this.logFile = logFile;
        this.guard = OrphanGuard.start("kill -9 $1", List.of(Long.toString(process.pid())));
        // A process id is used again one day: nothing may be killed by it once its owner has ended.
        process.onExit().thenRun(guard::close);
    }

    /** Starts a jar with options for a service that lives for seconds. */
    public static ServiceProcess start(String name, Path jar, Map<String, String> environment) {
        return start(name, jar, environment, SHORT_LIVED);
    }

    /**
     * Starts a jar with the JDK that runs the tests.
     *
     * @param name of the log file
     * @param environment added to PATH, HOME and LANG
     * @param jvmOptions of the JVM
     * @throws IllegalStateException when the jar is not there
     */
    public static ServiceProcess start(
            String name, Path jar, Map<String, String> environment, List<String> jvmOptions) {
        if (!Files.isRegularFile(jar)) {
            throw new IllegalStateException(jar + " is not there: build it (./mvnw package)");
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-jar", jar.toAbsolutePath().toString()));
        try {
            Path folder = Files.createDirectories(Path.of("target/service-logs").toAbsolutePath());
            Path log = Files.createTempFile(folder, name + "-", ".log");
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile());
            builder.environment().clear();
            builder.environment().putAll(environmentWith(environment));
            Process process = builder.start();
            process.getOutputStream().close();
            return new ServiceProcess(name, process, log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until the service says that it is ready.
     *
     * @param port of its HTTP server on loopback
     * @throws IllegalStateException with the end of the log when it ended instead, or is not ready
     *     in 90 s
     */
    public ServiceProcess awaitReady(int port) {
        long deadline = System.nanoTime() + READY_LIMIT.toNanos();
        URI ready = URI.create("http://127.0.0.1:%d/q/health/ready".formatted(port));
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build()) {
            while (!answers200(client, ready)) {
                if (process.waitFor(POLL_MS, TimeUnit.MILLISECONDS)) {
                    throw failure("ended with " + process.exitValue() + " before it was ready");
                }
                if (System.nanoTime() > deadline) {
                    throw failure("is not ready after " + READY_LIMIT);
                }
            }
            return this;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** What the service has started and not yet ended, like pg_dump. */
    public List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    /**
     * SIGTERM, and waits for the end.
     *
     * @return the exit code
     * @throws IllegalStateException with the end of the log when it has not ended after 30 s
     */
    public int terminate() {
        remember();
        process.destroy();
        return exitCode(TERMINATE_LIMIT);
    }

    /** SIGKILL to the service alone, and waits for its end; what it started is on its own then. */
    public void kill9() {
        remember();
        process.destroyForcibly();
        exitCode(KILL_LIMIT);
    }

    /** SIGSTOP: the process stays, with its connections, and does nothing. */
    public void stop() {
        signal("STOP").orThrow();
    }

    /** SIGCONT: goes on after {@link #stop}. */
    public void cont() {
        signal("CONT").orThrow();
    }

    /**
     * Waits for the end.
     *
     * @return the exit code
     * @throws IllegalStateException with the end of the log when it still runs after the limit
     */
    public int exitCode(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw failure("still runs after " + limit);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** All that the service has written so far. */
    public String log() {
        return CommandRun.text(logFile);
    }

    /** The last lines of {@link #log()}, for messages. */
    public String logTail() {
        String log = log();
        return log.substring(Math.max(0, log.length() - TAIL));
    }

    public Path logFile() {
        return logFile;
    }

    /** Ends the service, politely for ten seconds, and everything it started. */
    @Override
    public void close() {
        remember();
        if (process.isAlive()) {
            // A stopped process acts on SIGTERM only after SIGCONT.
            signal("CONT");
            process.destroy();
            if (!endsWithin(process.toHandle(), KILL_LIMIT)) {
                process.destroyForcibly();
                endsWithin(process.toHandle(), KILL_LIMIT);
            }
        }
        leftBehind.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public String toString() {
        return "%s (pid %d, log %s)".formatted(name, pid(), logFile);
    }

    // Once the service is gone its children have another parent and cannot be found any more.
    private void remember() {
        process.descendants().forEach(leftBehind::add);
    }

    private CommandRun signal(String signal) {
        return CommandRun.of("sh", "-c", "kill -%s %d".formatted(signal, pid()));
    }

    private IllegalStateException failure(String what) {
        return new IllegalStateException("%s %s:%n%s".formatted(this, what, logTail()));
    }

    private IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while waiting for " + this, e);
    }

    private static boolean endsWithin(ProcessHandle handle, Duration limit) {
        try {
            handle.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static boolean answers200(HttpClient client, URI uri) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
        try {
            return client.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static Map<String, String> environmentWith(Map<String, String> given) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String name : List.of("PATH", "HOME")) {
            String value = System.getenv(name);
            if (value != null) {
                environment.put(name, value);
            }
        }
        environment.put("LANG", "C.UTF-8");
        environment.putAll(given);
        return environment;
    }
}
