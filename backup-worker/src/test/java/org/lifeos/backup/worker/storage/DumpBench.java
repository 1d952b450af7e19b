package org.lifeos.backup.worker.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.testing.SampleManifest;
import org.lifeos.backup.worker.storage.PartialBackup.HashedOutput;

/** A backup folder in an empty home, with dumps as a worker writes them. */
final class DumpBench {
    static final String FILE = "manual_backup_20260131_120000.sql.gz";
    static final String DUMP = "the bytes of a dump";
    static final String ROLES = "CREATE ROLE ada;\n";
    static final List<String> SIDECARS =
            List.of(FILE + ".manifest.json", FILE + ".sha256", FILE + ".roles.sql");

    final BackupFolder folder;

    DumpBench(Path home) {
        folder = new BackupFolder(home);
        folder.prepare();
    }

    static Lease lease(UUID jobId, int attempt) {
        return new Lease(jobId, attempt, UUID.randomUUID());
    }

    Path path(String name) {
        return folder.path().resolve(name);
    }

    /** A dump with all its sidecars written and nothing visible yet. */
    PartialBackup written(Lease lease) {
        return written(FILE, lease);
    }

    PartialBackup written(String file, Lease lease) {
        PartialBackup partial = folder.begin(file, lease);
        write(partial.roles(), ROLES);
        HashedOutput dump = partial.dump();
        String sha256 = write(dump, DUMP);
        partial.describe(SampleManifest.of(lease, new DumpFile(file, dump.sizeBytes(), sha256)));
        return partial;
    }

    /** A published dump of a job. */
    BackupManifest published(UUID jobId) {
        return published(lease(jobId, 1));
    }

    /** A dump that this attempt published. */
    BackupManifest published(Lease lease) {
        try (PartialBackup partial = written(lease)) {
            partial.publish();
        }
        return folder.publishedBy(lease.jobId(), FILE, () -> {}).orElseThrow();
    }

    static String write(HashedOutput output, String text) {
        try {
            output.stream().write(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return output.finish();
    }

    /** What {@code ls} shows: all names without a leading dot. */
    List<String> visible() {
        return names().filter(name -> !name.startsWith(".")).toList();
    }

    List<String> hidden() {
        return names().filter(name -> name.startsWith(".")).toList();
    }

    private Stream<String> names() {
        try (Stream<Path> files = Files.list(folder.path())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    }
}
