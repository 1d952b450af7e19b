package org.lifeos.backup.api.alert;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/**
 * The notices that are on their way. One is written together with what it tells, in one
 * transaction; whoever claims it then sends it. It arrives at least once: twice only when the
 * sender dies between sending and saying so.
 */
final class Outbox {
    private static final Duration KEPT = Duration.ofDays(90);

    private final Database database;
    private final Duration firstDelay;
    private final Duration longestDelay;

    /**
     * @param firstDelay before the second try, then doubled up to the longest; longer than any try
     *     takes, so that no two instances send the same at once
     */
    Outbox(Database database, Duration firstDelay, Duration longestDelay) {
        this.database = database;
        this.firstDelay = firstDelay;
        this.longestDelay = longestDelay;
    }

    /** A notice that this instance is to send by a channel; {@code attempt} counts from 1. */
    record Delivery(Notice notice, String channel, int attempt) {}

    /**
     * Writes a notice for each of the channels.
     *
     * @param subject notices of one subject arrive in their order
     * @param once what can be said only once, or null
     * @return false when it has been said already
     */
    static boolean write(
            Session session,
            String subject,
            String once,
            Object body,
            Collection<String> channels) {
        Optional<Long> id =
                session.first(
                        """
                        insert into notice (subject, once, body) values (?, ?, ?::jsonb)
                        on conflict (once) do nothing
                        returning id
                        """,
                        row -> row.bigint("id"),
                        subject,
                        once,
                        Json.write(body));
        id.ifPresent(notice ->
                channels.forEach(channel ->
                        session.update(
                                "insert into notice_delivery (notice_id, channel) values (?, ?)",
                                notice,
                                channel)));
        return id.isPresent();
    }

    /** The next one that is due; its next try is put off at once, for whoever comes then. */
    Optional<Delivery> claim(Collection<String> channels) {
        return database.first(
                """
                with due as materialized (
                    select waiting.notice_id, waiting.channel
                    from notice_delivery waiting join notice on notice.id = waiting.notice_id
                    where outcome is null and next_attempt_at <= now() and channel = any (?)
                      and not exists (
                          select from notice_delivery earlier join notice before on before.id = earlier.notice_id
                          where earlier.outcome is null and earlier.channel = waiting.channel
                            and before.subject = notice.subject and earlier.notice_id < waiting.notice_id)
                    order by waiting.notice_id
                    limit 1
                    for update of waiting skip locked)
                update notice_delivery claimed
                set attempts = attempts + 1,
                    next_attempt_at = now()
                        + least(? * power(2, least(attempts, 30)), ?) * (1 + random() / 5) * interval '1 millisecond'
                from due join notice on notice.id = due.notice_id
                where claimed.notice_id = due.notice_id and claimed.channel = due.channel
                returning notice.id, notice.written_at, notice.subject, notice.body, claimed.channel, claimed.attempts
                """,
                row ->
                        new Delivery(
                                new Notice(
                                        row.bigint("id"),
                                        row.instant("written_at"),
                                        row.text("subject"),
                                        row.json("body", JsonNode.class)),
                                row.text("channel"),
                                row.integer("attempts")),
                channels.toArray(String[]::new),
                firstDelay,
                longestDelay);
    }

    void delivered(Delivery delivery) {
        database.update(
                """
                update notice_delivery set outcome = 'DELIVERED', ended_at = now(), problem = null
                where notice_id = ? and channel = ?
                """,
                delivery.notice().id(),
                delivery.channel());
    }

    /**
     * Notes why it did not arrive, and gives it up when it is older than worth being told.
     *
     * @return whether it was given up
     */
    boolean failed(Delivery delivery, String problem, Duration patience) {
        return database.first(
                        """
                        update notice_delivery
                        set problem = ?,
                            outcome = case when written_at < now() - ? * interval '1 millisecond' then 'LOST' end,
                            ended_at = case when written_at < now() - ? * interval '1 millisecond' then now() end
                        from notice
                        where notice.id = notice_id and notice_id = ? and channel = ? and outcome is null
                        returning outcome
                        """,
                        row -> row.text("outcome") != null,
                        problem,
                        patience,
                        patience,
                        delivery.notice().id(),
                        delivery.channel())
                .orElse(false);
    }

    /** Forgets what was written long ago. */
    void forgetOld() {
        database.update(
                "delete from notice where written_at < now() - ? * interval '1 millisecond'", KEPT);
    }
}
