package org.lifeos.backup.catalog;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/** The catalogue as a scan of the backup folder compares and mends it. */
public final class BackupIndex {
    private final Database database;

    public BackupIndex(Database database) {
        this.database = database;
    }

    /** A backup that the catalogue holds a file of. */
    public record Entry(UUID id, String file) {}

    /** All backups whose file was not removed by the service, by their file's name. */
    public List<Entry> entries() {
        return database.list(
                "select id, file_name from backup where state <> 'EXPIRED' order by file_name",
                row -> new Entry(row.uuid("id"), row.text("file_name")));
    }

    /** Whether there is no backup at all, not even a removed one. */
    public boolean isEmpty(Session session) {
        return session.first("select 1 from backup limit 1", row -> true).isEmpty();
    }

    /** The file of a backup, whatever became of it. */
    public Optional<String> fileOf(UUID id) {
        return database.first(
                "select file_name from backup where id = ?", row -> row.text("file_name"), id);
    }

    /** Locks the row that holds a file until the transaction ends. */
    public Optional<Backup> lockFile(Session session, String file) {
        return session.first(
                "select "
                        + Catalogue.COLUMNS
                        + " from backup where file_name = ? and state <> 'EXPIRED' for update",
                Catalogue::backup,
                file);
    }

    /** Whether a job still has to end, and so enters or removes by itself what it made. */
    public boolean isUnfinished(Session session, UUID jobId) {
        return session.first(
                        "select 1 from job where id = ? and state in ('QUEUED', 'RUNNING')",
                        row -> true,
                        jobId)
                .isPresent();
    }

    /** Whether callers changed a backup and its manifest does not say so yet. */
    public boolean isAheadOfManifest(Session session, UUID id) {
        return session.first(
                        """
                        select state <> 'SUCCEEDED' as ahead from job
                        where type = 'manifest-update' and request ->> 'backupId' = ?
                        order by position desc
                        limit 1
                        """,
                        row -> row.bool("ahead"),
                        id.toString())
                .orElse(false);
    }

    /** Notes that a file is this backup now, and no other one that the catalogue took it for. */
    public void claimFile(Session session, String file, UUID id) {
        session.update(
                """
                update backup set state = 'EXPIRED', expired_because = 'its file is another backup now'
                where file_name = ? and id <> ? and state <> 'EXPIRED'
                """,
                file,
                id);
    }

    /**
     * Enters a backup as its manifest says, or makes its row say the same.
     *
     * @return false when the row said so already
     */
    public boolean put(Session session, BackupManifest manifest, BackupState state) {
        int rows =
                session.update(
                        """
                        insert into backup as known (id, job_id, target, kind, label, state, format, file_name, size_bytes,
                            sha256, database_name, server_version, database_size_bytes, snapshot_at, created_at,
                            duration_ms, tables, rows, contents, fingerprint, verification, pinned, reason)
                        values (?::uuid,
                            -- no two backups are of one job, whatever a manifest says
                            (select made_by from (select ?::uuid as made_by) as job
                             where not exists (select from backup where job_id = made_by and id <> ?)),
                            ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?, ?)
                        on conflict (id) do update
                        set job_id = coalesce(excluded.job_id, known.job_id), target = excluded.target,
                            kind = excluded.kind, label = excluded.label, state = excluded.state,
                            format = excluded.format, file_name = excluded.file_name, size_bytes = excluded.size_bytes,
                            sha256 = excluded.sha256, database_name = excluded.database_name,
                            server_version = excluded.server_version,
                            database_size_bytes = excluded.database_size_bytes, snapshot_at = excluded.snapshot_at,
                            created_at = excluded.created_at, duration_ms = excluded.duration_ms,
                            tables = excluded.tables, rows = excluded.rows, contents = excluded.contents,
                            fingerprint = excluded.fingerprint,
                            verification = excluded.verification, pinned = excluded.pinned, reason = excluded.reason,
                            expired_by = null, expired_because = null
                        where (known.job_id, known.target, known.kind, known.label, known.state, known.format,
                            known.file_name, known.size_bytes, known.sha256, known.database_name, known.server_version,
                            known.database_size_bytes, known.snapshot_at, known.created_at, known.duration_ms,
                            known.tables, known.rows, known.contents, known.fingerprint, known.verification, known.pinned, known.reason)
                            is distinct from
                            (coalesce(excluded.job_id, known.job_id), excluded.target, excluded.kind, excluded.label,
                            excluded.state, excluded.format, excluded.file_name, excluded.size_bytes, excluded.sha256,
                            excluded.database_name, excluded.server_version, excluded.database_size_bytes,
                            excluded.snapshot_at, excluded.created_at, excluded.duration_ms, excluded.tables,
                            excluded.rows, excluded.contents, excluded.fingerprint, excluded.verification, excluded.pinned, excluded.reason)
                        """,
                        BackupRow.values(
                                manifest,
                                manifest.backupId(),
                                manifest.jobId(),
                                manifest.backupId(),
                                manifest.target(),
                                manifest.kind().code(),
                                manifest.label(),
                                state));
        return rows == 1;
    }
}
