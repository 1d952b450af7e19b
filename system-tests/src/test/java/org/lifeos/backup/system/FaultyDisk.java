package org.lifeos.backup.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;

/** A folder on a small disk of its own, which may be full, read-only, away or broken. */
final class FaultyDisk implements AutoCloseable {
    private static final String FILLER = "filler.bin";
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Path folder;
    private final boolean isMounted;

    private FaultyDisk(Path folder, boolean isMounted) {
        this.folder = folder;
        this.isMounted = isMounted;
    }

    /** Over an empty folder, where this user may mount. */
    static FaultyDisk over(Path folder, int megabytes) {
        if (Fault.mayMount()) {
            sh("mount -t tmpfs -o size=%dm,mode=0700 tmpfs '%s'".formatted(megabytes, folder));
        }
        return new FaultyDisk(folder, Fault.mayMount());
    }

    /** With the data of a server, which is stopped meanwhile. */
    static FaultyDisk under(PostgresServer server, int megabytes) {
        Path data = Path.of(server.rows("postgres", "show data_directory").getFirst().getFirst());
        if (!Fault.mayMount() || !Files.isDirectory(data)) {
            return new FaultyDisk(data, false);
        }
        server.stopImmediately();
        sh(
                """
                mv -T '%1$s' '%1$s.first' && mkdir '%1$s' &&
                mount -t tmpfs -o size=%2$dm,mode=0700 tmpfs '%1$s' && cp -a '%1$s.first/.' '%1$s/' &&
                chown --reference='%1$s.first' '%1$s' && rm -rf '%1$s.first'
                """
                        .formatted(data, megabytes));
        server.startAgain();
        return new FaultyDisk(data, true);
    }

    /** Takes a fault back. */
    interface Undo extends AutoCloseable {
        Undo NOTHING = () -> {};

        @Override
        void close();
    }

    Undo full() {
        Path filler = folder.resolve(FILLER);
        CommandRun.of("dd", "if=/dev/zero", "of=" + filler, "bs=64k");
        return () -> delete(filler);
    }

    Undo readOnly() {
        sh("mount --bind '%1$s' '%1$s' && mount -o remount,bind,ro '%1$s'".formatted(folder));
        return () -> sh("umount -l '%s'".formatted(folder));
    }

    /** What a worker made in its place meanwhile joins it when it is back. */
    Undo away() {
        Path backups = folder.getParent();
        Path away = backups.resolveSibling("backups-away");
        sh("mv -T '%s' '%s'".formatted(backups, away));
        return () ->
                sh(
                        "{ [ ! -e '%1$s' ] || { cp -a '%1$s/.' '%2$s/' && rm -rf '%1$s'; }; } && mv -T '%2$s' '%1$s'"
                                .formatted(backups, away));
    }

    /** From this one of its calls on, fsync tells the process that the disk has failed. */
    static Undo failingFsync(long pid, int first) {
        return strace(
                pid,
                "-e",
                "trace=fsync,fdatasync",
                "-e",
                "inject=fsync,fdatasync:error=EIO:when=%d+".formatted(first));
    }

    /** The same of writes into a file. */
    static Undo failingWrite(long pid, Path file, int first) {
        String calls = "write,pwrite64,writev";
        return strace(
                pid,
                "-P",
                file.toString(),
                "-e",
                "trace=" + calls,
                "-e",
                "inject=%s:error=EIO:when=%d+".formatted(calls, first));
    }

    private static Undo strace(long pid, String... options) {
        List<String> command =
                new ArrayList<>(List.of("strace", "-f", "-qq", "-p", Long.toString(pid)));
        command.addAll(List.of(options));
        try {
            Process tracer =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            Eventually.eventually(SOON, () -> isTraced(pid), traced -> traced);
            return () -> {
                tracer.destroy();
                try {
                    tracer.waitFor();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Each of its threads (proc(5)). */
    private static boolean isTraced(long pid) {
        return CommandRun.of(
                        "sh",
                        "-c",
                        "grep -L '^TracerPid:[[:space:]]*[1-9]' /proc/%d/task/*/status"
                                .formatted(pid))
                .output()
                .isBlank();
    }

    private static void sh(String line) {
        CommandRun.of("sh", "-c", line).orThrow();
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whoever used it has ended by now. */
    @Override
    public void close() {
        if (isMounted) {
            CommandRun.of("umount", "-l", folder.toString());
        }
    }
}
