package org.lifeos.backup.catalog;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Row;
import org.lifeos.backup.sql.Session;

/** The index of all backups. The truth about each is its manifest beside the dump. */
public final class Catalogue {
    static final String COLUMNS =
            """
            id, target, kind, label, state, format, file_name, size_bytes, sha256, database_name, server_version, \
            database_size_bytes, snapshot_at, created_at, duration_ms, tables, rows, verification, pinned, reason\
            """;

    private final Database database;

    public Catalogue(Database database) {
        this.database = database;
    }

    /** Where a page ended: the next one holds what comes after, in the order newest first. */
    public record Place(Instant snapshotAt, UUID id) {}

    /** A page of backups, newest first. Null means any. */
    public record Query(
            String target, BackupKind kind, BackupState state, Place after, int limit) {}

    /** Enters a published dump. Called in the transaction that publishes it. */
    public void add(Session session, BackupManifest manifest) {
        session.update(
                """
                insert into backup (id, job_id, target, kind, label, state, format, file_name, size_bytes, sha256,
                    database_name, server_version, database_size_bytes, snapshot_at, created_at, duration_ms, tables, rows,
                    contents, fingerprint, verification, pinned, reason)
                values (?, ?, ?, ?, ?, 'AVAILABLE', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?, ?)
                """,
                BackupRow.values(
                        manifest,
                        manifest.backupId(),
                        manifest.jobId(),
                        manifest.target(),
                        manifest.kind().code(),
                        manifest.label()));
    }

    /** One backup with the contents of its tables. */
    public Optional<Backup> find(UUID id) {
        return database.first(
                "select contents, fingerprint, " + COLUMNS + " from backup where id = ?",
                Catalogue::whole,
                id);
    }

    /** A page of backups, the newest first; any page is read off the index from where it begins. */
    public List<Backup> list(Query query) {
        Instant snapshotAt = query.after() == null ? null : query.after().snapshotAt();
        return database.list(
                "select "
                        + COLUMNS
                        + """
                         from backup
                        where (?::text is null or target = ?) and (?::text is null or kind = ?)
                          and (?::text is null or state = ?)
                          and (snapshot_at, id) < (coalesce(?::timestamptz, 'infinity'),
                            coalesce(?::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                        order by snapshot_at desc, id desc
                        limit ?
                        """,
                Catalogue::backup,
                query.target(),
                query.target(),
                query.kind() == null ? null : query.kind().code(),
                query.kind() == null ? null : query.kind().code(),
                query.state(),
                query.state(),
                snapshotAt,
                query.after() == null ? null : query.after().id(),
                query.limit());
    }

    /**
     * The newest good backup of a target, by its snapshot. A safety backup is none: it holds what a
     * restore replaced.
     */
    public Optional<Backup> latest(String target) {
        return database.first(
                "select contents, fingerprint, "
                        + COLUMNS
                        + """
                         from backup
                        where target = ? and state = 'AVAILABLE' and kind <> 'safety'
                        order by snapshot_at desc, id desc
                        limit 1
                        """,
                Catalogue::whole,
                target);
    }

    /**
     * The good backups of a target among which a recovery chooses, newest first, at most a
     * thousand. A safety backup is none.
     */
    public List<Backup> recoverable(String target) {
        return database.list(
                "select "
                        + COLUMNS
                        + """
                         from backup
                        where target = ? and state = 'AVAILABLE' and kind <> 'safety'
                        order by snapshot_at desc, id desc
                        limit 1000
                        """,
                Catalogue::backup,
                target);
    }

    /** Locks the row of a backup against other changes until the transaction ends. */
    public Optional<Backup> lock(Session session, UUID id) {
        return session.first(
                "select " + COLUMNS + " from backup where id = ? for update",
                Catalogue::backup,
                id);
    }

    /** Changes what callers may change; null leaves a field as it is. */
    public void describe(Session session, UUID id, Boolean pinned, String reason) {
        session.update(
                "update backup set pinned = coalesce(?, pinned), reason = coalesce(?, reason) where id = ?",
                pinned,
                reason,
                id);
    }

    /** Notes what a verification came to. */
    public void verified(Session session, UUID id, BackupState state, Verification verification) {
        session.update(
                "update backup set state = ?, verification = ?::jsonb where id = ? and state <> 'EXPIRED'",
                state,
                Json.write(verification),
                id);
    }

    /** Notes that the file of a backup is not there, though nobody removed it. */
    public void missing(Session session, UUID id) {
        session.update(
                "update backup set state = 'MISSING' where id = ? and state <> 'EXPIRED'", id);
    }

    /** Notes that the files of a backup are removed. */
    public void expire(Session session, UUID id) {
        session.update("update backup set state = 'EXPIRED' where id = ?", id);
    }

    /**
     * Makes sure that a backup may be removed.
     *
     * @param exceptFor the job that asks, which does not count as a use
     * @throws ProblemException when it is pinned, in use, or the last good one of its target
     */
    public void requireRemovable(Session session, Backup backup, UUID exceptFor) {
        // one removal at a time for a target: two at once would each count on the other's backup
        session.first(
                "select pg_advisory_xact_lock(hashtext('removal/' || ?))",
                row -> true,
                backup.target());
        if (backup.pinned()) {
            throw new ProblemException(
                    ProblemCode.PINNED, "Backup %s is pinned.".formatted(backup.id()));
        }
        Optional<UUID> user = userOf(session, backup.id(), exceptFor);
        if (user.isPresent()) {
            throw new ProblemException(
                    ProblemCode.IN_USE,
                    "Job %s needs backup %s.".formatted(user.get(), backup.id()));
        }
        boolean good =
                backup.state() == BackupState.AVAILABLE && backup.kind() != BackupKind.SAFETY;
        if (good && !hasAnotherGoodOne(session, backup)) {
            throw new ProblemException(
                    ProblemCode.LAST_GOOD_BACKUP,
                    "Backup %s is the only good one of target '%s'."
                            .formatted(backup.id(), backup.target()));
        }
    }

    private static Optional<UUID> userOf(Session session, UUID id, UUID exceptFor) {
        return session.first(
                """
                select id from job
                where state in ('QUEUED', 'RUNNING') and type <> 'manifest-update' and request ->> 'backupId' = ?
                  and (?::uuid is null or id <> ?)
                limit 1
                """,
                row -> row.uuid("id"),
                id.toString(),
                exceptFor,
                exceptFor);
    }

    private static boolean hasAnotherGoodOne(Session session, Backup backup) {
        return session.first(
                        """
                        select id from backup
                        where target = ? and state = 'AVAILABLE' and kind <> 'safety' and id <> ?
                        limit 1
                        """,
                        row -> row.uuid("id"),
                        backup.target(),
                        backup.id())
                .isPresent();
    }

    /** The size of the target's newest dump in bytes: what the next one will need. */
    public Optional<Long> newestSizeBytes(String target) {
        return database.first(
                "select size_bytes from backup where target = ? order by snapshot_at desc, id desc limit 1",
                row -> row.bigint("size_bytes"),
                target);
    }

    /** The id of the backup that a job took, if it is still there. */
    public Optional<UUID> ofJob(UUID jobId) {
        return database.first(
                "select id from backup where job_id = ? and state <> 'EXPIRED'",
                row -> row.uuid("id"),
                jobId);
    }

    /** Notes that the files of the backup that a job took are removed. */
    public void expireOf(UUID jobId) {
        database.update("update backup set state = 'EXPIRED' where job_id = ?", jobId);
    }

    /** Whether the catalogue holds a file of this name that was not removed by the service. */
    public boolean knows(String fileName) {
        return database.first(
                        "select 1 from backup where file_name = ? and state <> 'EXPIRED'",
                        row -> true,
                        fileName)
                .isPresent();
    }

    private static Backup whole(Row row) throws SQLException {
        return backup(
                row,
                List.of(row.json("contents", TableContent[].class)),
                row.json("fingerprint", ContentFingerprint.class));
    }

    static Backup backup(Row row) throws SQLException {
        return backup(row, null, null);
    }

    private static Backup backup(
            Row row, List<TableContent> contents, ContentFingerprint fingerprint)
            throws SQLException {
        return new Backup(
                row.uuid("id"),
                row.text("target"),
                BackupKind.byCode(row.text("kind")).orElseThrow(),
                row.text("label"),
                BackupState.valueOf(row.text("state")),
                BackupFormat.byCode(row.text("format")).orElseThrow(),
                new DumpFile(row.text("file_name"), row.bigint("size_bytes"), row.text("sha256")),
                new DumpedDatabase(
                        row.text("database_name"),
                        row.text("server_version"),
                        row.bigintOrNull("database_size_bytes")),
                row.instant("snapshot_at"),
                row.instant("created_at"),
                row.bigint("duration_ms"),
                row.integer("tables"),
                row.bigint("rows"),
                row.json("verification", Verification.class),
                row.bool("pinned"),
                null,
                row.text("reason"),
                contents,
                fingerprint);
    }
}
