package org.lifeos.backup.worker.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * A published dump on the disk.
 *
 * @param roles where the server's roles lie, if they were saved
 * @param expected what its manifest says of it
 */
public record StoredDump(Path path, Path roles, DumpFile expected) {

    /** One of which nobody asks for the roles. */
    public static StoredDump withoutRoles(Path path, DumpFile expected) {
        return new StoredDump(
                path, path.resolveSibling(path.getFileName() + ".roles.sql"), expected);
    }

    public BackupFormat format() {
        return BackupFormat.ofFile(expected.name());
    }

    /**
     * Opens a plain dump for reading from front to end.
     *
     * @throws ProblemException when it is not there
     */
    public StoredSql open() {
        return open(StoredSql.GZIP);
    }

    /**
     * The same, decompressed in another way.
     *
     * @throws ProblemException when it is not there
     */
    public StoredSql open(StoredSql.Decompression decompression) {
        requireFile();
        try {
            return new StoredSql(path, decompression);
        } catch (IOException e) {
            throw corrupt("cannot be read: " + e.getMessage());
        }
    }

    /**
     * @throws ProblemException when there is no file, or something else of its name
     */
    public void requireFile() {
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new ProblemException(
                    ProblemCode.BACKUP_FILE_MISSING, "%s is not there.".formatted(path));
        }
    }

    /**
     * @param sha256 of the file as it was read just now
     * @throws ProblemException when its manifest tells another one
     */
    public void requireHash(String sha256) {
        if (!sha256.equals(expected.sha256())) {
            throw corrupt("has the SHA-256 %s instead of %s".formatted(sha256, expected.sha256()));
        }
    }

    /**
     * The statements that make the roles.
     *
     * @param sha256 of the file's bytes
     */
    public record RolesText(String sql, String sha256) {}

    /** The roles that lie beside it; empty where they were not saved. */
    public Optional<RolesText> rolesText() {
        if (!Files.isRegularFile(roles, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Files.readAllBytes(roles);
            String sha256 = HexFormat.of().formatHex(Checksum.sha256().digest(bytes));
            return Optional.of(new RolesText(new String(bytes, StandardCharsets.UTF_8), sha256));
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.BACKUP_FILE_MISSING,
                    "%s cannot be read: %s.".formatted(roles, e.getMessage()),
                    e);
        }
    }

    /** How a manifest beside it is not the dump's own; empty where it is. */
    public Optional<String> notDescribedBy(BackupManifest manifest) {
        DumpFile described = manifest.file();
        return described.sha256().equals(expected.sha256())
                ? Optional.empty()
                : Optional.of(
                        "has a manifest beside it that describes %s with the SHA-256 %s instead of %s"
                                .formatted(
                                        described.name(), described.sha256(), expected.sha256()));
    }

    /** How the file is not what it should be. */
    public ProblemException corrupt(String how) {
        return new ProblemException(
                ProblemCode.BACKUP_CORRUPT, "%s %s.".formatted(path.getFileName(), how));
    }
}
