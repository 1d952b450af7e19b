package org.lifeos.backup.api.audit;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.UUID;
import org.lifeos.backup.api.access.Caller;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/** Who asked for which change, from where, and what became of it. */
@ApplicationScoped
public class Audit {
    private static final int LONGEST_PATH = 500;

    private final Database database;

    Audit(Database database) {
        this.database = database;
    }

    /**
     * One mutating call.
     *
     * @param status of the answer; 202 for an accepted job, however it ends
     * @param code of the problem, or null
     * @param jobId the job that it started or changed, or null
     */
    public record Entry(
            Caller caller, String method, String path, int status, String code, UUID jobId) {}

    /**
     * The newest entries.
     *
     * @param before the id that the page before ended at, or null
     */
    public List<AuditEntry> list(Long before, int limit) {
        return database.list(
                """
                select id, at, token, role, remote, method, path, status, code, job_id from audit
                where id < coalesce(?::bigint, 9223372036854775807)
                order by id desc
                limit ?
                """,
                row ->
                        new AuditEntry(
                                row.bigint("id"),
                                row.instant("at"),
                                row.text("token"),
                                row.text("role"),
                                row.text("remote"),
                                row.text("method"),
                                row.text("path"),
                                row.integer("status"),
                                row.text("code"),
                                row.uuid("job_id")),
                before,
                limit);
    }

    /** In the transaction of what the call did: neither is there without the other. */
    public void record(Session session, Entry entry) {
        String path = entry.path();
        session.update(
                """
                insert into audit (token, role, remote, method, path, status, code, job_id) values (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                entry.caller().name(),
                entry.caller().role().code(),
                entry.caller().remote(),
                entry.method(),
                path.substring(0, Math.min(path.length(), LONGEST_PATH)).replace("\0", "?"),
                entry.status(),
                entry.code(),
                entry.jobId());
    }

    /** For a call that changed nothing. */
    public void record(Entry entry) {
        database.inTransaction(session -> {
            record(session, entry);
            return null;
        });
    }
}
