package org.lifeos.backup.api.alert;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.lifeos.backup.api.health.HealthReport;
import org.lifeos.backup.api.health.HealthStatus;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/**
 * Makes one notice of each check's change of status. The status is changed by compare-and-set in
 * the transaction that writes the notice: whoever comes second, or again after a restart, finds it
 * changed and says nothing.
 */
final class StatusNotices {
    private static final String DATABASE = "service-database";

    private final Database database;
    private final Collection<String> channels;

    StatusNotices(Database database, Collection<String> channels) {
        this.database = database;
        this.channels = channels;
    }

    /** Which status each check had when it was last told. */
    Map<String, HealthStatus> told() {
        Map<String, HealthStatus> told = new HashMap<>();
        database.list(
                        "select check_id, status from health_status",
                        row ->
                                Map.entry(
                                        row.text("check_id"),
                                        HealthStatus.valueOf(row.text("status"))))
                .forEach(entry -> told.put(entry.getKey(), entry.getValue()));
        return told;
    }

    /**
     * Writes what is new.
     *
     * @param told what was told when the report began
     * @param unconfirmed checks of which nothing is said this time
     */
    void tell(HealthReport report, Map<String, HealthStatus> told, Set<String> unconfirmed) {
        boolean seesAll =
                report.checks().stream()
                        .anyMatch(check ->
                                check.id().equals(DATABASE) && check.status() == HealthStatus.OK);
        for (HealthReport.Check check : report.checks()) {
            if (!seesAll && !check.id().equals(DATABASE)) {
                // what depends on the database is told as soon as that is well
                continue;
            }
            HealthStatus before = told.get(check.id());
            if (before != check.status() && !unconfirmed.contains(check.id())) {
                database.inTransaction(session -> changed(session, check, before));
            }
        }
        Set<String> present =
                report.checks().stream().map(HealthReport.Check::id).collect(Collectors.toSet());
        told.forEach((id, before) -> {
            if (seesAll && !present.contains(id)) {
                database.inTransaction(session -> gone(session, id, before, report.checkedAt()));
            }
        });
    }

    private boolean changed(Session session, HealthReport.Check check, HealthStatus before) {
        int ours =
                before == null
                        ? session.update(
                                """
                                insert into health_status (check_id, status, summary) values (?, ?, ?)
                                on conflict (check_id) do nothing
                                """,
                                check.id(),
                                check.status(),
                                check.summary())
                        : session.update(
                                """
                                update health_status set status = ?, summary = ?, since = now()
                                where check_id = ? and status = ?
                                """,
                                check.status(),
                                check.summary(),
                                check.id(),
                                before);
        boolean isNews = before != null || check.status() != HealthStatus.OK;
        if (ours == 1 && isNews) {
            write(
                    session,
                    new StatusChange(
                            check.id(),
                            before,
                            check.status(),
                            check.summary(),
                            check.observed(),
                            check.threshold(),
                            check.since(),
                            check.hint()));
        }
        return ours == 1;
    }

    /** Nobody waits for ever for the recovery of what is not looked at any more. */
    private boolean gone(Session session, String id, HealthStatus before, Instant at) {
        int ours =
                session.update(
                        "delete from health_status where check_id = ? and status = ?", id, before);
        if (ours == 1 && before != HealthStatus.OK) {
            write(
                    session,
                    new StatusChange(
                            id,
                            before,
                            HealthStatus.OK,
                            "This is not checked any more: its subject is gone.",
                            null,
                            null,
                            at,
                            null));
        }
        return ours == 1;
    }

    private void write(Session session, StatusChange change) {
        Outbox.write(session, "check/" + change.check(), null, change, channels);
    }
}
