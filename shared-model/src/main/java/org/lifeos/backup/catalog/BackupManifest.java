package org.lifeos.backup.catalog;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Everything the catalogue knows about a backup, kept beside the dump as {@code
 * FILE.manifest.json}: from these files alone the catalogue can be built again. Instants are UTC.
 *
 * @param version of this layout; 1
 * @param jobId the job whose attempt made the dump; an attempt that finds its own dump published
 *     adopts it
 * @param snapshotAt everything committed before this instant is in the dump
 * @param createdAt when the dump was published
 * @param fingerprint of what is in the dump beside the rows; null where it was not taken
 * @param rolesNeeded the roles that the dump speaks of, without quotes; null in manifests from
 *     before they were noted, and in those of a scan
 */
public record BackupManifest(
        int version,
        UUID backupId,
        UUID jobId,
        int attempt,
        String target,
        BackupKind kind,
        String label,
        String reason,
        String requestedBy,
        BackupFormat format,
        boolean pinned,
        DumpFile file,
        RolesFile roles,
        DumpedDatabase database,
        String dumpToolVersion,
        String compressor,
        Instant snapshotAt,
        Instant createdAt,
        long durationMs,
        int tables,
        long rows,
        List<TableContent> contents,
        ContentFingerprint fingerprint,
        List<String> rolesNeeded,
        Verification verification)
        implements Restorable {

    public static final int VERSION = 1;

    /** The same backup with what callers may change of it. */
    public BackupManifest described(boolean nowPinned, String nowReason) {
        return with(nowPinned, nowReason, verification);
    }

    /** The same backup after it was put to the proof. */
    public BackupManifest verified(Verification now) {
        return with(pinned, reason, now);
    }

    private BackupManifest with(boolean nowPinned, String nowReason, Verification now) {
        return new BackupManifest(
                version,
                backupId,
                jobId,
                attempt,
                target,
                kind,
                label,
                nowReason,
                requestedBy,
                format,
                nowPinned,
                file,
                roles,
                database,
                dumpToolVersion,
                compressor,
                snapshotAt,
                createdAt,
                durationMs,
                tables,
                rows,
                contents,
                fingerprint,
                rolesNeeded,
                now);
    }
}
