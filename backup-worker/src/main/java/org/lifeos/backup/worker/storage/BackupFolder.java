package org.lifeos.backup.worker.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.DumpFile;
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

    /** That of two hundred thousand tables; what is larger is not ours, and may be endless. */
    private static final long LARGEST_MANIFEST_BYTES = 32L << 20;

    private static final String PROBE = ".probe-";

    /** The folder of safety backups, beside which no pattern of the old scripts looks. */
    private static final String SAFETY = "safety";

    private static final Set<PosixFilePermission> OWNER_ALONE =
            PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> FOR_OWNER =
            PosixFilePermissions.asFileAttribute(OWNER_ALONE);

    private final Path home;
    private final Path folder;

    public BackupFolder(Path home) {
        this.home = home;
        this.folder = home.resolve("backups").resolve("postgres");
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
            Files.createDirectories(folder, FOR_OWNER);
            restrict(folder);
            if (!Files.isSymbolicLink(folder.resolve(SAFETY))) {
                restrict(folder.resolve(SAFETY));
            }
            Path probe = Files.createTempFile(folder, PROBE, PartialBackup.SUFFIX);
            // a worker that starts may have taken it away already
            Files.deleteIfExists(probe);
        } catch (IOException e) {
            throw StorageFailure.of(
                    folder, e, ProblemCode.FOLDER_NOT_WRITABLE, "cannot be written");
        }
    }

    /**
     * The old scripts made it readable for all; a dump holds everything. Somebody else's folder
     * stays as it is.
     */
    private static void restrict(Path folder) {
        try {
            if (Files.isDirectory(folder)) {
                Files.setPosixFilePermissions(folder, OWNER_ALONE);
            }
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
            throw StorageFailure.of(
                    folder, e, ProblemCode.FOLDER_NOT_WRITABLE, "cannot be looked at");
        }
    }

    /** Whether any file of a dump of this name is there, or its folder is a link. */
    public boolean isTaken(String file) {
        DumpFiles files = files(file);
        return files.leadElsewhere() || files.all().stream().anyMatch(files::exists);
    }

    private DumpFiles files(String file) {
        return new DumpFiles(folder, file);
    }

    /**
     * The manifest of a dump that this job published and that is whole: its size and its bytes are
     * those of the manifest.
     *
     * @param checkpoint called again and again while the dump is read; what it throws ends that
     */
    public Optional<BackupManifest> publishedBy(UUID jobId, String file, Runnable checkpoint) {
        DumpFiles files = files(file);
        Optional<BackupManifest> manifest =
                manifestOf(files).filter(found -> jobId.equals(found.jobId()));
        try {
            if (manifest.isPresent()
                    && files.areAllFiles()
                    && Files.size(files.dumpPath()) == manifest.get().file().sizeBytes()
                    && Checksum.of(files.dumpPath(), checkpoint)
                            .equals(manifest.get().file().sha256())) {
                return manifest;
            }
        } catch (IOException e) {
            LOG.warnf("%s cannot be read: %s", files.dumpPath(), e.getMessage());
        }
        return Optional.empty();
    }

    /** What the manifest beside a dump says; empty where there is none that can be read. */
    public Optional<BackupManifest> manifestOf(String file) {
        return manifestOf(files(file));
    }

    private static Optional<BackupManifest> manifestOf(DumpFiles files) {
        Path manifest = files.path(files.manifest());
        if (files.leadElsewhere() || !Files.isRegularFile(manifest, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            if (Files.size(manifest) > LARGEST_MANIFEST_BYTES) {
                LOG.warnf("%s is too large for a manifest", manifest);
                return Optional.empty();
            }
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
        return dump(backup.file());
    }

    /** As {@link #dump(Backup)}, of what a manifest tells. */
    public StoredDump dump(DumpFile file) {
        DumpFiles files = files(file.name());
        return new StoredDump(files.dumpPath(), files.path(files.roles()), file);
    }

    /**
     * Writes a text for people beside the dumps, in the place of one of the same name, atomically.
     *
     * @throws ProblemException when it cannot be written
     */
    public void note(String name, String text) {
        prepare();
        Path partial = folder.resolve("." + name + PartialBackup.SUFFIX);
        try {
            Files.writeString(partial, text);
            try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(partial, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            sync(folder);
        } catch (IOException e) {
            remove(partial);
            throw StorageFailure.of(partial, e);
        }
    }

    /**
     * Replaces a dump's manifest by a changed one, atomically.
     *
     * @throws ProblemException when there is no manifest, or it cannot be written
     */
    public void rewriteManifest(String file, Lease lease, UnaryOperator<BackupManifest> change) {
        BackupManifest manifest =
                manifestOf(files(file))
                        .orElseThrow(() ->
                                new ProblemException(
                                        ProblemCode.NOT_FOUND,
                                        "%s has no manifest.".formatted(folder.resolve(file))));
        try (PartialBackup partial = begin(file, lease)) {
            partial.replaceManifest(change.apply(manifest));
        }
    }

    /**
     * Writes manifest and checksum beside a dump that lies in the folder already, atomically, in
     * the place of those that are there; the manifest last.
     *
     * @throws ProblemException when they cannot be written
     */
    public void describe(BackupManifest manifest, Lease lease) {
        try (PartialBackup partial = begin(manifest.file().name(), lease)) {
            partial.replaceSidecars(manifest);
        }
    }

    /**
     * The dumps in the folder, whoever put them there; hidden files and links are none.
     *
     * @param leftOut is told of each that is not among them, and why
     * @throws ProblemException when the folder cannot be listed
     */
    public List<FoundDump> dumps(Consumer<String> leftOut) {
        List<FoundDump> found = new ArrayList<>(FolderListing.of(folder, "", leftOut));
        found.addAll(FolderListing.of(folder, SAFETY, leftOut));
        return found;
    }

    /** The dump of a name as it now lies in the folder. */
    public Optional<FoundDump> found(String file) {
        return FoundDump.at(files(file));
    }

    /**
     * Removes the files of a stored backup: the dump first, its manifest last, so that a rest tells
     * whose it is.
     */
    public void remove(Backup backup) {
        DumpFiles files = files(backup.file().name());
        if (files.leadElsewhere()) {
            throw isLink(files.place());
        }
        for (String name : files.all().reversed()) {
            Path path = files.path(name);
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                throw StorageFailure.of(
                        path, e, ProblemCode.FOLDER_NOT_WRITABLE, "cannot be removed");
            }
        }
        if (Files.isDirectory(files.place())) {
            sync(files.place());
        }
    }

    private static ProblemException isLink(Path place) {
        return new ProblemException(
                ProblemCode.FOLDER_NOT_WRITABLE,
                "%s is a symbolic link; the backup folder's own are not followed."
                        .formatted(place));
    }

    /**
     * Begins a dump of this name, in a folder for its owner alone. Nothing of it is visible before
     * it is published.
     *
     * @throws ProblemException when the folder cannot be made
     */
    public PartialBackup begin(String file, Lease lease) {
        DumpFiles files = files(file);
        if (files.leadElsewhere()) {
            throw isLink(files.place());
        }
        if (!Files.isDirectory(files.place())) {
            try {
                Files.createDirectories(files.place(), FOR_OWNER);
            } catch (IOException e) {
                throw StorageFailure.of(
                        files.place(), e, ProblemCode.FOLDER_NOT_WRITABLE, "cannot be made");
            }
            sync(folder);
        }
        return new PartialBackup(this, files, lease);
    }

    /**
     * Removes what a job's attempts up to that of the lease left unfinished: partial files, and
     * sidecars whose dump never came. Safe only while nobody else can take the job over.
     */
    public void removeUnfinished(Lease lease, String file) {
        removePartials((job, attempt) -> job.equals(lease.jobId()) && attempt <= lease.attempt());
        if (file != null && !files(file).exists(file)) {
            removePublished(lease, file);
        }
    }

    /**
     * Removes the dump of a job with all that belongs to it, if this attempt of the job or an
     * earlier one published it. Safe only while nobody else can take the job over.
     */
    public void removePublished(Lease lease, String file) {
        if (file == null) {
            return;
        }
        DumpFiles files = files(file);
        if (isOf(files, lease.jobId(), attempt -> attempt <= lease.attempt())) {
            // the dump first: a dump without a manifest would look like somebody else's
            files.all().reversed().stream().map(files::path).forEach(BackupFolder::remove);
            sync(files.place());
        }
    }

    /** Whether the manifest of these files says that this very attempt made them. */
    boolean isOf(DumpFiles files, Lease lease) {
        return isOf(files, lease.jobId(), attempt -> attempt == lease.attempt());
    }

    private static boolean isOf(DumpFiles files, UUID jobId, IntPredicate attempt) {
        return manifestOf(files)
                .filter(manifest -> jobId.equals(manifest.jobId()))
                .filter(manifest -> attempt.test(manifest.attempt()))
                .isPresent();
    }

    /** Removes the partial files of all attempts that the predicate of job and attempt accepts. */
    public void removePartials(BiPredicate<UUID, Integer> isOver) {
        for (Path partial : partials()) {
            boolean isProbe = partial.getFileName().toString().startsWith(PROBE);
            if (isProbe
                    || PartialBackup.owner(partial)
                            .filter(owner -> isOver.test(owner.jobId(), owner.attempt()))
                            .isPresent()) {
                remove(partial);
            }
        }
    }

    private List<Path> partials() {
        List<Path> found = new ArrayList<>();
        for (Path place : List.of(folder, folder.resolve(SAFETY))) {
            boolean isLink = !place.equals(folder) && Files.isSymbolicLink(place);
            if (isLink || !Files.isDirectory(place)) {
                continue;
            }
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(place, ".*" + PartialBackup.SUFFIX)) {
                files.forEach(found::add);
            } catch (IOException e) {
                LOG.warnf("%s cannot be listed: %s", place, e.getMessage());
            }
        }
        return found;
    }

    static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warnf("%s cannot be removed: %s", path, e.getMessage());
        }
    }

    /** Makes the names in a folder last: a rename is on the disk only when its folder is. */
    static void sync(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw StorageFailure.of(folder, e);
        }
    }
}
