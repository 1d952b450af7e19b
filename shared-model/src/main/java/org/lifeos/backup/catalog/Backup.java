package org.lifeos.backup.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A backup as callers see it.
 *
 * @param verification null while nobody proved anything
 * @param expiresAt when retention will remove it; null where it stays
 * @param contents what it holds of each table; only where one backup is asked for, else left out
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
        @JsonInclude(JsonInclude.Include.NON_NULL) List<TableContent> contents) {}
