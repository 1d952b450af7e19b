package org.lifeos.backup.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.lifeos.backup.target.RetentionPolicy;

/**
 * A backup as callers see it.
 *
 * @param verification null while nobody proved anything
 * @param expiresAt from when on the policy lets retention remove it, unless it is then still among
 *     those that always stay; null where it stays or is gone already
 * @param contents what it holds of each table; only where one backup is asked for, else left out
 * @param fingerprint what it holds beside: sequences, large objects, the schema; as contents, and
 *     left out where it was not taken
 */
public record Backup(
        UUID id,
        String target,
        BackupKind kind,
        String label,
        BackupState state,
        BackupFormat format,
        DumpFile file,
        DumpedDatabase database,
        Instant snapshotAt,
        Instant createdAt,
        long durationMs,
        int tables,
        long rows,
        Verification verification,
        boolean pinned,
        Instant expiresAt,
        String reason,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<TableContent> contents,
        @JsonInclude(JsonInclude.Include.NON_NULL) ContentFingerprint fingerprint)
        implements Restorable {

    /** The same with {@code expiresAt} as a policy says it. */
    public Backup under(RetentionPolicy policy) {
        Integer days = policy.daysOf(kind);
        boolean isThere = state == BackupState.AVAILABLE || state == BackupState.CORRUPT;
        return new Backup(
                id,
                target,
                kind,
                label,
                state,
                format,
                file,
                database,
                snapshotAt,
                createdAt,
                durationMs,
                tables,
                rows,
                verification,
                pinned,
                isThere && !pinned && days != null ? snapshotAt.plus(Duration.ofDays(days)) : null,
                reason,
                contents,
                fingerprint);
    }
}
