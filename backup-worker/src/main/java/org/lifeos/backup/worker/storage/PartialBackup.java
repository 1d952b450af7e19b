package org.lifeos.backup.worker.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
 * written through to the disk before; closing it without {@link #keep} removes whatever of it is
 * there.
 */
public final class PartialBackup implements AutoCloseable {
    static final String SUFFIX = ".partial";

    private static final Pattern NAME =
            Pattern.compile(
                    "\\..+\\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\\d{1,9})"
                            + Pattern.quote(SUFFIX));

    private final BackupFolder folder;
    private final BackupFolder.Names names;
    private final Lease lease;
    private final Map<String, HashingFile> open = new LinkedHashMap<>();
    private final List<String> made = new ArrayList<>();
    private boolean published;
    private boolean kept;

    PartialBackup(BackupFolder folder, BackupFolder.Names names, Lease lease) {
        this.folder = folder;
        this.names = names;
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

    private Path partial(String name) {
        return folder.path()
                .resolve(".%s.%s-%d%s".formatted(name, lease.jobId(), lease.attempt(), SUFFIX));
    }

    /** Where the dump's bytes go. */
    public HashedOutput dump() {
        return create(names.dump());
    }

    /** Where the roles go. */
    public HashedOutput roles() {
        return create(names.roles());
    }

    public String rolesName() {
        return names.roles();
    }

    private HashedOutput create(String name) {
        Path path = partial(name);
        try {
            HashingFile file = new HashingFile(path);
            open.put(name, file);
            made.add(name);
            return new HashedOutput(file, path);
        } catch (IOException e) {
            throw BackupFolder.failed(path, e);
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

        public java.io.OutputStream stream() {
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
                throw BackupFolder.failed(path, e);
            }
        }
    }

    /** Writes manifest and checksum, so that only renames are left to do. */
    public void describe(BackupManifest manifest) {
        DumpFile dump = manifest.file();
        write(names.checksum(), "%s  %s\n".formatted(dump.sha256(), names.dump()));
        write(names.manifest(), text(manifest));
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
        write(names.manifest(), text(manifest));
        Path visible = folder.path().resolve(names.manifest());
        try {
            Files.move(partial(names.manifest()), visible, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw BackupFolder.failed(visible, e);
        }
        BackupFolder.sync(folder.path());
    }

    private void write(String name, String content) {
        HashedOutput file = create(name);
        try {
            file.stream().write(content.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw BackupFolder.failed(file.path(), e);
        }
        file.finish();
    }

    /** Makes the files visible, the dump last: its name is the commit. */
    public void publish() {
        if (folder.isTaken(names.dump())) {
            throw new ProblemException(
                    ProblemCode.FILE_NAME_TAKEN,
                    "%s appeared while the backup was made."
                            .formatted(folder.path().resolve(names.dump())));
        }
        published = true;
        for (String name : names.all()) {
            Path visible = folder.path().resolve(name);
            try {
                Files.move(partial(name), visible, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                throw BackupFolder.failed(visible, e);
            }
        }
        BackupFolder.sync(folder.path());
    }

    /** From here on the files stay. */
    public void keep() {
        kept = true;
    }

    @Override
    public void close() {
        if (kept) {
            return;
        }
        open.values().forEach(PartialBackup::closeQuietly);
        made.forEach(name -> folder.remove(partial(name).getFileName().toString()));
        if (published) {
            folder.removePublishedBy(lease, names.dump());
        }
    }

    private static void closeQuietly(HashingFile file) {
        try {
            file.close();
        } catch (IOException e) {
            // it is removed next
        }
    }
}
