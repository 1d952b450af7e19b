package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server run by the binaries of this machine, as a child process with a data folder of its own.
 *
 * <p>PostgreSQL refuses to run as root, so root runs it as the user {@code postgres}.
 */
final class LocalEngine implements ServerEngine {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final int POLL_MS = 20;

    private static final String REMOVE = "folder=$1; shift; \"$@\"; rm -rf -- \"$folder\"; exit 0";

    private final PostgresBinaries binaries;
    private final Path folder;
    private final List<String> asOwner;
    private final int port = FreePorts.next();
    private final String password;
    private final OrphanGuard guard;
    private Process process;

    private LocalEngine(PostgresBinaries binaries, String password) throws IOException {
        this.binaries = binaries;
        this.password = password;
        // A short name: the socket's path in it may have 103 bytes on macOS.
        this.folder = Files.createTempDirectory("pg-");
        this.asOwner = root() ? List.of("runuser", "-u", "postgres", "--") : List.of();
        if (root()) {
            giveToPostgres(folder);
        }
        List<String> cleanup = new ArrayList<>(List.of(folder.toString()));
        cleanup.addAll(
                asOwner("pg_ctl", List.of("-D", data().toString(), "-m", "immediate", "stop")));
        this.guard = OrphanGuard.start(REMOVE, cleanup);
    }

    /**
     * Creates a data folder and starts a server on it.
     *
     * @throws IllegalStateException with what initdb or the server said when it does not come up
     */
    static LocalEngine start(
            PostgresBinaries binaries, String password, Map<String, String> settings) {
        try {
            LocalEngine engine = new LocalEngine(binaries, password);
            try {
                engine.initialise(settings);
                engine.startAgain();
                return engine;
            } catch (IOException | RuntimeException e) {
                engine.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String host() {
        return "127.0.0.1";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String password() {
        return password;
    }

    @Override
    public Optional<Path> bin() {
        return Optional.of(binaries.folder());
    }

    @Override
    public void stopImmediately() {
        postmaster().ifPresent(pid -> CommandRun.of("sh", "-c", "kill -QUIT " + pid));
        awaitEnd();
    }

    @Override
    public void kill9() {
        postmaster()
                .flatMap(ProcessHandle::of)
                .ifPresent(postmaster -> {
                    List<ProcessHandle> sessions = postmaster.descendants().toList();
                    postmaster.destroyForcibly();
                    sessions.forEach(ProcessHandle::destroyForcibly);
                });
        awaitEnd();
    }

    @Override
    public void startAgain() {
        if (running()) {
            throw new IllegalStateException("the server on port " + port + " is running");
        }
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        try {
            process = launch();
            while (!answers()) {
                boolean ended = process.waitFor(POLL_MS, TimeUnit.MILLISECONDS);
                if (System.nanoTime() > deadline || (ended && !oldSessionsStillEnding())) {
                    throw new IllegalStateException("PostgreSQL did not start:\n" + log());
                }
                if (ended) {
                    process = launch();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while PostgreSQL started", e);
        }
    }

    @Override
    public void close() {
        if (running()) {
            stopImmediately();
        }
        guard.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void initialise(Map<String, String> settings) throws IOException {
        Path passwordFile = folder.resolve("password");
        Files.writeString(passwordFile, password);
        CommandRun.of(
                        setting(),
                        asOwner(
                                "initdb",
                                List.of(
                                        "-D",
                                        data().toString(),
                                        "-U",
                                        SUPERUSER,
                                        "--auth=scram-sha-256",
                                        "--pwfile=" + passwordFile,
                                        "--encoding=UTF8",
                                        "--locale=C",
                                        "--no-sync")))
                .orThrow();
        Files.delete(passwordFile);
        Map<String, String> all = new TreeMap<>(SETTINGS);
        all.put("listen_addresses", host());
        all.put("port", Integer.toString(port));
        all.put("unix_socket_directories", folder.toString());
        all.putAll(settings);
        StringBuilder lines = new StringBuilder();
        all.forEach((name, value) ->
                lines.append("%s = '%s'%n".formatted(name, value.replace("'", "''"))));
        // Read after postgresql.conf, and initdb has made it with the right owner.
        Files.writeString(data().resolve("postgresql.auto.conf"), lines);
    }

    private Process launch() throws IOException {
        return new ProcessBuilder(asOwner("postgres", List.of("-D", data().toString())))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(logFile().toFile()))
                .start();
    }

    // Killed without its sessions' knowledge, the server's memory is theirs until each of them has
    // noticed.
    private boolean oldSessionsStillEnding() {
        return log().contains("is still in use");
    }

    private void awaitEnd() {
        try {
            if (process != null && !process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("PostgreSQL did not stop:\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while PostgreSQL stopped", e);
        }
    }

    private boolean running() {
        return process != null && process.isAlive();
    }

    /** The server's own process: ours is {@code runuser} when root started it. */
    private Optional<Long> postmaster() {
        if (!running()) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(data().resolve("postmaster.pid"))) {
            return lines.findFirst().map(String::strip).map(Long::valueOf);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> asOwner(String program, List<String> arguments) {
        List<String> command = new ArrayList<>(asOwner);
        command.add(binaries.folder().resolve(program).toString());
        command.addAll(arguments);
        return command;
    }

    private CommandRun.Setting setting() {
        return new CommandRun.Setting(folder, null, Map.of("TZ", "UTC"));
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path logFile() {
        return folder.resolve("server.log");
    }

    private String log() {
        return CommandRun.text(logFile());
    }

    private static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static void giveToPostgres(Path folder) throws IOException {
        try {
            UserPrincipal postgres =
                    folder.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByName("postgres");
            Files.setOwner(folder, postgres);
        } catch (UserPrincipalNotFoundException e) {
            Files.delete(folder);
            throw new IllegalStateException(
                    "PostgreSQL does not run as root: create a user postgres, or run the tests as another user.",
                    e);
        }
    }
}
