package org.lifeos.backup.worker.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * {@code LIFEOS_HOME/backups/postgres}. A name without a leading dot is always a whole file; what
 * is under way is called {@code .FILE.JOB-ATTEMPT.partial}, so that whoever finds it knows whose it
 * is. Symbolic links in the folder are never followed.
 */
public final class BackupFolder {
    private static final Logger LOG = Logger.getLogger(BackupFolder.class);
    private static final long LEAST_FREE_BYTES = 64L << 20;
    private static final int BUFFER = 1 << 18;
    private static final String PROBE = ".probe-";

    private final Path home;
    private final Path folder;

    public BackupFolder(Path home) {
        this.home = home;
        this.folder = home.resolve("backups").resolve("postgres");
    }

    /** The files that belong to one dump. */
    record Names(String dump) {
        String manifest() {
            return dump + ".manifest.json";
        }

        String checksum() {
            return dump + ".sha256";
        }

        String roles() {
            return dump + ".roles.sql";
        }

        /** In the order in which they are published: the dump's own name is the commit. */
        List<String> all() {
            return List.of(manifest(), checksum(), roles(), dump);
        }
    }

    public Path path() {
        return folder;
    }

    /**
     * Makes the folder, for its owner alone, and tries whether a file can be made in it.
     *
     * @throws ProblemException when it cannot be written
     */
    public void prepare() {
        if (!Files.isDirectory(home)) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "LIFEOS_HOME is no folder: %s.".formatted(home));
        }
        try {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            restrict(folder);
            Path probe = Files.createTempFile(folder, PROBE, PartialBackup.SUFFIX);
            // a worker that starts may have taken it away already
            Files.deleteIfExists(probe);
        } catch (IOException e) {
            throw new ProblemException(
                    isDiskFull(e) ? ProblemCode.DISK_FULL : ProblemCode.FOLDER_NOT_WRITABLE,
                    "%s cannot be written: %s.".formatted(folder, reason(e)),
                    e);
        }
    }

    /**
     * The old scripts made it readable for all; a dump holds everything. Somebody else's folder
     * stays as it is.
     */
    private static void restrict(Path folder) {
        try {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            LOG.debugf("the mode of %s stays as it is: %s", folder, e.getMessage());
        }
    }

    /**
     * @param newestDumpBytes the size of the target's newest dump
     * @throws ProblemException when a dump twice as large would not fit
     */
    public void requireSpace(long newestDumpBytes) {
        long needed = Math.max(2 * newestDumpBytes, LEAST_FREE_BYTES);
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            if (free < needed) {
                throw new ProblemException(
                        ProblemCode.DISK_FULL,
                        "%s has %,d bytes free, the backup may need %,d."
                                .formatted(folder, free, needed));
            }
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "%s cannot be looked at: %s.".formatted(folder, reason(e)),
                    e);
        }
    }

    /** Whether any file of a dump of this name is there. */
    public boolean isTaken(String file) {
        return new Names(file)
                .all().stream()
                        .anyMatch(name ->
                                Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * The manifest of a dump that this job published and that is whole: its size and its bytes are
     * those of the manifest.
     */
    public Optional<BackupManifest> publishedBy(UUID jobId, String file) {
        Optional<BackupManifest> manifest =
                manifestOf(file).filter(found -> jobId.equals(found.jobId()));
        Path dump = folder.resolve(file);
        try {
            if (manifest.isPresent()
                    && new Names(file)
                            .all().stream()
                                    .map(folder::resolve)
                                    .allMatch(path ->
                                            Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    && Files.size(dump) == manifest.get().file().sizeBytes()
                    && sha256(dump).equals(manifest.get().file().sha256())) {
                return manifest;
            }
        } catch (IOException e) {
            LOG.warnf("%s cannot be read: %s", dump, e.getMessage());
        }
        return Optional.empty();
    }

    /** What the manifest beside a dump says; empty where there is none that can be read. */
    public Optional<BackupManifest> manifestOf(String file) {
        Path manifest = folder.resolve(new Names(file).manifest());
        if (!Files.isRegularFile(manifest, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(
                            Json.mapper().readValue(manifest.toFile(), BackupManifest.class))
                    .filter(found -> found.file() != null);
        } catch (IOException e) {
            LOG.warnf("%s is no manifest: %s", manifest, e.getMessage());
            return Optional.empty();
        }
    }

    /** The file of a backup, for reading. */
    public StoredDump dump(Backup backup) {
        Names names = new Names(backup.file().name());
        return new StoredDump(
                folder.resolve(names.dump()), folder.resolve(names.roles()), backup.file());
    }

    /** The SHA-256 of a file's bytes as 64 hex digits. */
    public static String sha256(Path file) throws IOException {
        MessageDigest digest = HashingFile.sha256();
        byte[] buffer = new byte[BUFFER];
        try (InputStream input = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            int length;
            while ((length = input.read(buffer)) >= 0) {
                digest.update(buffer, 0, length);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Replaces a dump's manifest by a changed one, atomically.
     *
     * @throws ProblemException when there is no manifest, or it cannot be written
     */
    public void rewriteManifest(String file, Lease lease, UnaryOperator<BackupManifest> change) {
        BackupManifest manifest =
                manifestOf(file)
                        .orElseThrow(() ->
                                new ProblemException(
                                        ProblemCode.NOT_FOUND,
                                        "%s has no manifest.".formatted(folder.resolve(file))));
        try (PartialBackup partial = begin(file, lease)) {
            partial.replaceManifest(change.apply(manifest));
        }
    }

    /**
     * Removes the files of a stored backup: the dump first, its manifest last, so that a rest tells
     * whose it is.
     */
    public void remove(Backup backup) {
        for (String name : new Names(backup.file().name()).all().reversed()) {
            Path path = folder.resolve(name);
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                throw new ProblemException(
                        ProblemCode.FOLDER_NOT_WRITABLE,
                        "%s cannot be removed: %s.".formatted(path, reason(e)),
                        e);
            }
        }
        sync(folder);
    }

    /** Begins a dump of this name. Nothing of it is visible before it is published. */
    public PartialBackup begin(String file, Lease lease) {
        return new PartialBackup(this, new Names(file), lease);
    }

    /**
     * Removes what attempts of a job left unfinished: partial files, and sidecars whose dump never
     * came.
     */
    public void removeUnfinished(UUID jobId, String file) {
        removePartials((job, _) -> job.equals(jobId));
        if (file != null
                && !Files.exists(folder.resolve(file), LinkOption.NOFOLLOW_LINKS)
                && isOf(jobId, file)) {
            new Names(file).all().forEach(this::remove);
        }
    }

    /** Removes the dump of a job with all that belongs to it, if it is this job's. */
    public void removePublished(UUID jobId, String file) {
        if (file != null && isOf(jobId, file)) {
            // the dump first: a dump without a manifest would look like somebody else's
            new Names(file).all().reversed().forEach(this::remove);
            sync(folder);
        }
    }

    /**
     * Takes back what an attempt made visible; what another attempt published under the name stays.
     */
    void removePublishedBy(Lease lease, String file) {
        boolean ours =
                manifestOf(file)
                        .filter(manifest -> lease.jobId().equals(manifest.jobId()))
                        .filter(manifest -> lease.attempt() == manifest.attempt())
                        .isPresent();
        if (ours) {
            removePublished(lease.jobId(), file);
        }
    }

    private boolean isOf(UUID jobId, String file) {
        return manifestOf(file).filter(manifest -> jobId.equals(manifest.jobId())).isPresent();
    }

    /** Removes the partial files of all attempts that the predicate of job and attempt accepts. */
    public void removePartials(BiPredicate<UUID, Integer> isOver) {
        for (Path partial : partials()) {
            if (partial.getFileName().toString().startsWith(PROBE)) {
                remove(partial.getFileName().toString());
            }
            PartialBackup.owner(partial)
                    .filter(owner -> isOver.test(owner.jobId(), owner.attempt()))
                    .ifPresent(_ -> remove(partial.getFileName().toString()));
        }
    }

    private List<Path> partials() {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder, ".*" + PartialBackup.SUFFIX)) {
            files.forEach(found::add);
        } catch (IOException e) {
            LOG.warnf("%s cannot be listed: %s", folder, e.getMessage());
        }
        return found;
    }

    void remove(String name) {
        try {
            Files.deleteIfExists(folder.resolve(name));
        } catch (IOException e) {
            LOG.warnf("%s cannot be removed: %s", folder.resolve(name), e.getMessage());
        }
    }

    /** Makes the names in a folder last: a rename is on the disk only when its folder is. */
    static void sync(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    /** What a failed write means: a full disk, or something else with the storage. */
    public static ProblemException failed(Path path, IOException e) {
        return new ProblemException(
                isDiskFull(e) ? ProblemCode.DISK_FULL : ProblemCode.STORAGE_FAILED,
                "%s could not be written: %s.".formatted(path, reason(e)),
                e);
    }

    private static boolean isDiskFull(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left on device")
                || message.contains("Disk quota exceeded");
    }

    private static String reason(IOException e) {
        return "%s (%s)".formatted(e.getMessage(), e.getClass().getSimpleName());
    }
}
