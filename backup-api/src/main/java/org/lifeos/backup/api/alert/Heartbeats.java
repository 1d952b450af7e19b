package org.lifeos.backup.api.alert;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/**
 * Makes the pings around each backup: one when it starts, one when it ends. What happened while no
 * API ran is made up for, but not for longer than a dead-man's switch would wait.
 */
final class Heartbeats {
    private static final List<String> CHANNELS = List.of(HeartbeatChannel.NAME);

    private record Backup(UUID job, String target, JobState state) {}

    private final Database database;

    Heartbeats(Database database) {
        this.database = database;
    }

    /** Looks at the last backups. */
    void look() {
        List<Backup> backups =
                database.list(
                        """
                        select id, target, state
                        from (select * from job where type = 'postgres-backup' order by position desc limit 100) latest
                        where started_at is not null and coalesce(finished_at, now()) > now() - interval '1 hour'
                          and state <> 'QUEUED'
                          and not exists (
                              select from notice
                              where once = 'heartbeat/' || latest.id || case state when 'RUNNING' then '/start' else '/end' end)
                        order by position
                        """,
                        row ->
                                new Backup(
                                        row.uuid("id"),
                                        row.text("target"),
                                        JobState.valueOf(row.text("state"))));
        backups.forEach(backup -> database.inTransaction(session -> told(session, backup)));
    }

    private static boolean told(Session session, Backup backup) {
        write(session, backup, Ping.Event.START, "/start");
        end(backup.state()).ifPresent(event -> write(session, backup, event, "/end"));
        return true;
    }

    private static Optional<Ping.Event> end(JobState state) {
        return switch (state) {
            case SUCCEEDED -> Optional.of(Ping.Event.SUCCESS);
            case FAILED, CANCELLED -> Optional.of(Ping.Event.FAIL);
            case QUEUED, RUNNING -> Optional.empty();
        };
    }

    private static void write(Session session, Backup backup, Ping.Event event, String once) {
        String subject = "heartbeat/" + backup.job();
        Outbox.write(
                session,
                subject,
                subject + once,
                new Ping(event, backup.job(), backup.target()),
                CHANNELS);
    }
}
