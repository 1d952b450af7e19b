package org.lifeos.backup.worker.catalog;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Pattern;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.RolesFile;
import org.lifeos.backup.json.Json;

/**
 * Whether a manifest is what it is taken for: one that the service wrote for the dump beside it.
 * Anybody who can write into the folder can write one.
 */
final class ManifestTrust {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** Later ones are no instants to the database, nor to those who read the list. */
    private static final Instant LAST = Instant.parse("9999-12-31T00:00:00Z");

    private ManifestTrust() {}

    /**
     * @param targets the configured ones
     * @return why it is not to be believed, as half a sentence; empty when it is
     */
    static Optional<String> doubt(
            BackupManifest manifest, String file, Collection<String> targets) {
        if (lacksSomething(manifest)) {
            return Optional.of("lacks something that every manifest has");
        }
        DumpFileName name = new DumpFileName(file);
        if (!manifest.file().name().equals(file)) {
            return Optional.of("is that of another file");
        }
        if (manifest.format() != name.format()
                || (manifest.kind() == BackupKind.SAFETY) != name.isSafety()) {
            return Optional.of("is of another format or kind than its file");
        }
        if (!name.isOf(manifest.target(), targets)) {
            return Optional.of("is one of another target");
        }
        RolesFile roles = manifest.roles();
        if (roles != null && !(file + ".roles.sql").equals(roles.name())) {
            return Optional.of("names roles of another file");
        }
        if (!isSane(manifest)) {
            return Optional.of("holds numbers, times or characters that cannot be");
        }
        return Optional.empty();
    }

    private static boolean lacksSomething(BackupManifest manifest) {
        return manifest.version() != BackupManifest.VERSION
                || manifest.backupId() == null
                || manifest.target() == null
                || manifest.kind() == null
                || manifest.format() == null
                || manifest.file().name() == null
                || manifest.file().sha256() == null
                || manifest.database() == null
                || manifest.database().name() == null
                || manifest.database().serverVersion() == null
                || manifest.snapshotAt() == null
                || manifest.createdAt() == null
                || manifest.contents() == null
                || manifest.contents().stream()
                        .anyMatch(table -> table == null || table.table() == null)
                || manifest.verification() != null
                        && (manifest.verification().level() == null
                                || manifest.verification().outcome() == null
                                || manifest.verification().at() == null);
    }

    private static boolean isSane(BackupManifest manifest) {
        String json = Json.write(manifest);
        return SHA256.matcher(manifest.file().sha256()).matches()
                && manifest.file().sizeBytes() >= 0
                && manifest.tables() >= 0
                && manifest.rows() >= 0
                && manifest.durationMs() >= 0
                && isTime(manifest.snapshotAt())
                && isTime(manifest.createdAt())
                // neither is a text to PostgreSQL
                && !json.contains("\\u0000")
                && StandardCharsets.UTF_8.newEncoder().canEncode(json);
    }

    private static boolean isTime(Instant instant) {
        return !instant.isBefore(Instant.EPOCH) && instant.isBefore(LAST);
    }
}
