package org.lifeos.backup.system;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.lifeos.backup.testing.CommandRun;

/** What may happen to a backup or a restore from outside. */
enum Fault {
    WORKER_KILLED("`kill -9` of the worker"),
    API_KILLED("`kill -9` of both APIs"),
    DUMP_KILLED("`kill -9` of pg_dump", Meets.BACKUPS),
    PSQL_KILLED("`kill -9` of psql", Meets.RESTORES),
    COMPRESSOR_KILLED("`kill -9` of the compressor", Meets.BACKUPS),
    SERVICE_SERVER_KILLED("`kill -9` of the service's PostgreSQL"),
    TARGET_SERVER_KILLED("`kill -9` of the target's PostgreSQL"),
    ALL_KILLED("`kill -9` of all of these at once"),
    WORKER_TOLD_TO_GO("SIGTERM to the worker"),
    WORKER_ASLEEP("SIGSTOP of the worker beyond its lease, then SIGCONT"),
    SERVICE_CUT("connections to the service's database cut"),
    SERVICE_SILENT("service's database silent beyond the lease"),
    TARGET_CUT("connections to the target cut"),
    NETWORK_SLOW("each answer of both databases 5 ms late"),
    DISK_FULL("disk of the backups full"),
    DISK_READ_ONLY("disk of the backups read-only"),
    FOLDER_AWAY("folder of the backups away"),
    FSYNC_FAILS("EIO from fsync of the worker"),
    CLOCK_FORWARD("clock of all services a day forward"),
    CLOCK_BACK("clock of all services a day back"),
    WRITE_FAILS("EIO from write into a file of the backup", Meets.BACKUPS),
    SERVICE_DISK_FULL("disk of the service's database full beyond the lease");

    private enum Meets {
        BACKUPS,
        RESTORES,
        BOTH
    }

    private static final boolean MAY_MOUNT =
            CommandRun.of("sh", "-c", "mount --bind /mnt /mnt && umount /mnt").exitCode() == 0;
    private static final boolean MAY_TRACE =
            CommandRun.of("sh", "-c", "strace -qq -o /dev/null true").exitCode() == 0;

    private final String title;
    private final Meets meets;

    Fault(String title) {
        this(title, Meets.BOTH);
    }

    Fault(String title, Meets meets) {
        this.title = title;
        this.meets = meets;
    }

    String title() {
        return title;
    }

    boolean meetsBackups() {
        return meets != Meets.RESTORES;
    }

    boolean meetsRestores() {
        return meets != Meets.BACKUPS;
    }

    /** Why it cannot be brought about on this machine; empty where it can. */
    Optional<String> impossible() {
        return switch (this) {
            case DISK_FULL, DISK_READ_ONLY, SERVICE_DISK_FULL ->
                    MAY_MOUNT ? Optional.empty() : Optional.of("this user may not mount");
            case FSYNC_FAILS, WRITE_FAILS ->
                    MAY_TRACE ? Optional.empty() : Optional.of("strace is missing, or may not");
            case CLOCK_FORWARD, CLOCK_BACK ->
                    fakeClock().isPresent()
                            ? Optional.empty()
                            : Optional.of("libfaketime is missing");
            default -> Optional.empty();
        };
    }

    static boolean mayMount() {
        return MAY_MOUNT;
    }

    /** The library that lets a process see another time. */
    static Optional<Path> fakeClock() {
        return Optional.of(Path.of("/usr/lib", machine() + "-linux-gnu", "faketime"))
                .map(folder -> folder.resolve("libfaketimeMT.so.1"))
                .filter(Files::exists);
    }

    private static String machine() {
        return System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
    }
}
