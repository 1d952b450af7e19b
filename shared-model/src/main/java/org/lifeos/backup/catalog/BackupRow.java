package org.lifeos.backup.catalog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lifeos.backup.json.Json;

/** What a manifest puts into its row of table {@code backup}, in the order of the columns. */
final class BackupRow {
    private BackupRow() {}

    /**
     * The values from column {@code format} to {@code reason}, behind others.
     *
     * @param first those of the columns before
     */
    static Object[] values(BackupManifest manifest, Object... first) {
        List<Object> values = new ArrayList<>(Arrays.asList(first));
        values.addAll(
                Arrays.asList(
                        manifest.format().code(),
                        manifest.file().name(),
                        manifest.file().sizeBytes(),
                        manifest.file().sha256(),
                        manifest.database().name(),
                        manifest.database().serverVersion(),
                        manifest.database().sizeBytes(),
                        manifest.snapshotAt(),
                        manifest.createdAt(),
                        manifest.durationMs(),
                        manifest.tables(),
                        manifest.rows(),
                        Json.write(manifest.contents()),
                        manifest.fingerprint() == null ? null : Json.write(manifest.fingerprint()),
                        manifest.verification() == null
                                ? null
                                : Json.write(manifest.verification()),
                        manifest.pinned(),
                        manifest.reason()));
        return values.toArray();
    }
}
