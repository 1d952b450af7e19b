package org.lifeos.backup.retention;

import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.sql.Row;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.target.RetentionPolicy;

/** The rows of the catalogue that retention judges, and what it writes there. */
public final class StoredBackups {
    private StoredBackups() {}

    /**
     * What a policy says of a target's backups. Until the transaction ends, nobody changes these
     * backups: what the plan says stays true.
     */
    public static RetentionPlan plan(
            Session session, String target, RetentionPolicy policy, Instant now) {
        List<Stored> stored = lock(session, target);
        // asked only now: who needs a backup locks its row before recording the job
        Set<String> inUse = inUse(session);
        Optional<String> ofRollback = safetyOfRollback(session, target, now);
        List<RetentionCandidate> candidates =
                stored.stream().map(backup -> backup.candidate(inUse, ofRollback)).toList();
        return RetentionPlan.of(policy, candidates, recentSizes(session, target), now);
    }

    private record Stored(
            UUID id,
            String file,
            BackupKind kind,
            BackupState state,
            Instant snapshotAt,
            boolean pinned,
            Verification verification) {

        static Stored of(Row row) throws SQLException {
            return new Stored(
                    row.uuid("id"),
                    row.text("file_name"),
                    BackupKind.byCode(row.text("kind")).orElseThrow(),
                    BackupState.valueOf(row.text("state")),
                    row.instant("snapshot_at"),
                    row.bool("pinned"),
                    row.json("verification", Verification.class));
        }

        RetentionCandidate candidate(Set<String> inUse, Optional<String> ofRollback) {
            return new RetentionCandidate(
                    id,
                    file,
                    kind,
                    state,
                    snapshotAt,
                    pinned,
                    verification,
                    inUse.contains(id.toString()),
                    ofRollback.filter(id.toString()::equals).isPresent());
        }
    }

    /** In the order of ids, so that two who lock the same rows do not wait for each other. */
    private static List<Stored> lock(Session session, String target) {
        return session.list(
                """
                select id, file_name, kind, state, snapshot_at, pinned, verification from backup
                where target = ? and state <> 'EXPIRED'
                order by id
                for update
                """,
                Stored::of,
                target);
    }

    private static Set<String> inUse(Session session) {
        return new HashSet<>(
                session.list(
                        """
                        select request ->> 'backupId' as backup_id from job
                        where state in ('QUEUED', 'RUNNING') and type <> 'manifest-update'
                          and request ->> 'backupId' is not null
                        union
                        select backup.id::text from backup join job on job.id = backup.job_id
                        where job.state in ('QUEUED', 'RUNNING')
                        """,
                        row -> row.text("backup_id")));
    }

    /**
     * The safety backup of the last swap, while that can be rolled back: the next swap, a rollback
     * too, takes the place of the database that it replaced.
     */
    private static Optional<String> safetyOfRollback(Session session, String target, Instant now) {
        return session.first(
                        """
                        select result ->> 'safetyBackupId' as backup_id, result ->> 'rollbackUntil' as until from job
                        where target = ? and type in ('postgres-restore', 'postgres-rollback')
                          and state = 'SUCCEEDED' and result ->> 'previousDatabase' is not null
                        order by finished_at desc, position desc
                        limit 1
                        """,
                        LastSwap::of,
                        target)
                .filter(swap -> swap.until() != null && swap.until().isAfter(now))
                .map(LastSwap::safetyBackupId);
    }

    /** The last one of a target; a rollback has no safety backup. */
    private record LastSwap(String safetyBackupId, Instant until) {
        static LastSwap of(Row row) throws SQLException {
            String until = row.text("until");
            return new LastSwap(row.text("backup_id"), until == null ? null : Instant.parse(until));
        }
    }

    /** Expired ones count too, else expiring would change what is usual. */
    private static List<Long> recentSizes(Session session, String target) {
        return session.list(
                """
                select size_bytes from backup
                where target = ? and state in ('AVAILABLE', 'EXPIRED') and kind <> 'safety'
                order by snapshot_at desc, id desc
                limit ?
                """,
                row -> row.bigint("size_bytes"),
                target,
                RecentSizes.USUAL);
    }

    /** Notes that a job removes the files of a backup, and why. */
    public static void expire(Session session, Verdict verdict, UUID jobId) {
        session.update(
                "update backup set state = 'EXPIRED', expired_by = ?, expired_because = ? where id = ?",
                jobId,
                verdict.reason(),
                verdict.backupId());
    }

    /** What a job has removed, in all of its attempts, newest first. */
    public static List<Verdict> expiredBy(Session session, UUID jobId) {
        return session.list(
                """
                select id, file_name, expired_because from backup
                where expired_by = ?
                order by snapshot_at desc, id desc
                """,
                row ->
                        new Verdict(
                                row.uuid("id"), row.text("file_name"), row.text("expired_because")),
                jobId);
    }
}
