package org.lifeos.backup.worker.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * A dump with its sidecars under way. Its files become visible only by {@link #publish}, all
 * written through to the disk before; closing it removes what is not visible.
 */
public final class PartialBackup implements AutoCloseable {
    static final String SUFFIX = ".partial";

    private static final Pattern NAME =
            Pattern.compile(
                    "\\..+\\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\\d{1,9})"
                            + Pattern.quote(SUFFIX));

    private final BackupFolder folder;
    private final DumpFiles files;
    private final Lease lease;
    private final Map<String, HashingFile> open = new LinkedHashMap<>();
    private final List<Path> made = new ArrayList<>();
    private final List<Path> visible = new ArrayList<>();

    PartialBackup(BackupFolder folder, DumpFiles files, Lease lease) {
        this.folder = folder;
        this.files = files;
        this.lease = lease;
    }

    /** The attempt that a partial file belongs to. */
    record Owner(UUID jobId, int attempt) {}

    static Optional<Owner> owner(Path partial) {
        Matcher name = NAME.matcher(partial.getFileName().toString());
        return name.matches()
                ? Optional.of(
                        new Owner(UUID.fromString(name.group(1)), Integer.parseInt(name.group(2))))
                : Optional.empty();
    }

    /** Where the dump's bytes go. */
    public HashedOutput dump() {
        return create(files.dump());
    }

    /** An empty file, for its owner alone, that a tool writes the dump into. */
    public Path dumpByTool() {
        HashedOutput empty = dump();
        empty.finish();
        return empty.path();
    }

    /**
     * What a tool wrote into {@link #dumpByTool}, brought onto the disk.
     *
     * @param checkpoint called again and again while it is read; what it throws ends that
     */
    public DumpFile written(Path dump, Runnable checkpoint) {
        try (FileChannel channel = FileChannel.open(dump, StandardOpenOption.WRITE)) {
            channel.force(true);
            return new DumpFile(files.dump(), channel.size(), Checksum.of(dump, checkpoint));
        } catch (IOException e) {
            throw StorageFailure.of(dump, e);
        }
    }

    /** Where the roles go. */
    public HashedOutput roles() {
        return create(files.roles());
    }

    /** What is written so far, for reading back. */
    public StoredDump stored(DumpFile expected) {
        return new StoredDump(
                files.partial(files.dump(), lease), files.partial(files.roles(), lease), expected);
    }

    public String rolesName() {
        return files.roles();
    }

    private HashedOutput create(String name) {
        Path path = files.partial(name, lease);
        try {
            HashingFile file = new HashingFile(path);
            open.put(name, file);
            made.add(path);
            return new HashedOutput(file, path);
        } catch (IOException e) {
            throw StorageFailure.of(path, e);
        }
    }

    /** A file under way: an output stream, and in the end its size and hash. */
    public static final class HashedOutput {
        private final HashingFile file;
        private final Path path;

        private HashedOutput(HashingFile file, Path path) {
            this.file = file;
            this.path = path;
        }

        public OutputStream stream() {
            return file;
        }

        public Path path() {
            return path;
        }

        public long sizeBytes() {
            return file.size();
        }

        /** Brings it onto the disk. Returns the SHA-256. */
        public String finish() {
            try {
                return file.finish();
            } catch (IOException e) {
                throw StorageFailure.of(path, e);
            }
        }
    }

    /**
     * Writes manifest and checksum, so that only names are left to give. The checksum is for {@code
     * sha256sum -c} in the dump's own folder.
     */
    public void describe(BackupManifest manifest) {
        DumpFile dump = manifest.file();
        write(
                files.checksum(),
                "%s  %s\n".formatted(dump.sha256(), files.dumpPath().getFileName()));
        write(files.manifest(), text(manifest));
    }

    private static String text(BackupManifest manifest) {
        try {
            return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(manifest)
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a manifest cannot be written as JSON", e);
        }
    }

    /** Puts a manifest in the place of the one that is there. */
    void replaceManifest(BackupManifest manifest) {
        write(files.manifest(), text(manifest));
        replace(files.manifest());
        BackupFolder.sync(files.place());
    }

    /** Puts manifest and checksum in the place of those that are there. */
    void replaceSidecars(BackupManifest manifest) {
        describe(manifest);
        replace(files.checksum());
        replace(files.manifest());
        BackupFolder.sync(files.place());
    }

    private void replace(String name) {
        Path visible = files.path(name);
        try {
            Files.move(files.partial(name, lease), visible, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw StorageFailure.of(visible, e);
        }
    }

    private void write(String name, String content) {
        HashedOutput file = create(name);
        try {
            file.stream().write(content.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw StorageFailure.of(file.path(), e);
        }
        file.finish();
    }

    /**
     * Makes the files visible, the dump last: its name is the commit. A name that somebody else's
     * file has is never taken. Whatever it fails with, nothing of it stays visible.
     */
    public void publish() {
        if (folder.isTaken(files.dump())) {
            throw taken(files.dump());
        }
        try {
            files.all().forEach(this::makeVisible);
            BackupFolder.sync(files.place());
        } catch (ProblemException e) {
            takeBack();
            throw e;
        }
    }

    /**
     * Only what this attempt made visible, and only while the manifest is its own: one that slept
     * for long may find a successor's files there.
     */
    private void takeBack() {
        if (folder.isOf(files, lease)) {
            visible.reversed().forEach(BackupFolder::remove);
        }
    }

    private void makeVisible(String name) {
        Path partial = files.partial(name, lease);
        Path path = files.path(name);
        try {
            if (linked(partial, path)) {
                visible.add(path);
                Files.delete(partial);
            } else {
                Files.move(partial, path, StandardCopyOption.ATOMIC_MOVE);
                visible.add(path);
            }
        } catch (FileAlreadyExistsException e) {
            throw taken(name);
        } catch (IOException e) {
            throw StorageFailure.of(path, e);
        }
    }

    /**
     * A rename would overwrite what appeared under the name a moment ago, a hard link does not.
     * False where the file system has no hard links, and the name is free.
     */
    private static boolean linked(Path partial, Path visible) throws FileAlreadyExistsException {
        try {
            Files.createLink(visible, partial);
            return true;
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            if (Files.exists(visible, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(visible.toString());
            }
            return false;
        }
    }

    private ProblemException taken(String name) {
        return new ProblemException(
                ProblemCode.FILE_NAME_TAKEN,
                "%s appeared while the backup was made.".formatted(files.path(name)));
    }

    @Override
    public void close() {
        open.values().forEach(PartialBackup::closeQuietly);
        made.forEach(BackupFolder::remove);
    }

    private static void closeQuietly(HashingFile file) {
        try {
            file.close();
        } catch (IOException e) {
            // it is removed next
        }
    }
}
