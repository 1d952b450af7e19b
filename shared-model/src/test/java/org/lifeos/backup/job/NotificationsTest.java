package org.lifeos.backup.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.lifeos.backup.testing.QueueBench.claim;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.Notifications.Channel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.QueueBench;

class NotificationsTest {
    private static final List<Channel> ALL = List.of(Channel.values());
    private static final Announcement SOMETHING_QUEUED = new Announcement(Channel.JOB_QUEUED, "");

    private record Announcement(Channel channel, String payload) {}

    private final Queue<Announcement> heard = new ConcurrentLinkedQueue<>();

    @Test
    void everyChangeOfAJobIsAnnounced() throws Exception {
        try (QueueBench bench = QueueBench.create();
                Notifications _ = listen(bench, ALL)) {
            JobQueue queue = bench.queue("ada");
            awaitSubscribed(ALL);

            UUID id = bench.submit("lifeos");
            awaitHeard(SOMETHING_QUEUED);

            Lease held = claim(queue).lease();
            awaitHeard(changed(id));

            queue.report(held, Progress.of("dump", "on its way"));
            awaitHeard(changed(id));

            bench.cancel(id, "ci-token");
            awaitHeard(new Announcement(Channel.JOB_CANCEL, id.toString()));

            queue.cancelled(held, () -> {});
            awaitHeard(changed(id));
        }
    }

    @Test
    void endOfAWriterIsAnnouncedToThoseWhoWaitForItsTarget() throws Exception {
        try (QueueBench bench = QueueBench.create();
                Notifications _ = listen(bench, List.of(Channel.JOB_QUEUED))) {
            JobQueue queue = bench.queue("ada");
            awaitSubscribed(List.of(Channel.JOB_QUEUED));
            bench.submit("lifeos");
            awaitHeard(SOMETHING_QUEUED);
            Lease held = claim(queue).lease();

            queue.fail(held, Failure.of(ProblemCode.DUMP_FAILED, "x"), null, () -> {});

            awaitHeard(SOMETHING_QUEUED);
        }
    }

    @Test
    void jobOfferedAgainIsAnnounced() throws Exception {
        try (QueueBench bench = QueueBench.create();
                Notifications _ = listen(bench, List.of(Channel.JOB_QUEUED))) {
            JobQueue queue = bench.queue("ada");
            awaitSubscribed(List.of(Channel.JOB_QUEUED));
            bench.submitShared("lifeos");
            awaitHeard(SOMETHING_QUEUED);
            Lease held = claim(queue).lease();

            queue.handBack(held);

            awaitHeard(SOMETHING_QUEUED);
        }
    }

    @Test
    void announcementsArriveAgainAfterTheServerWasRestarted() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of());
                QueueBench bench = QueueBench.on(server);
                Notifications _ = listen(bench, ALL)) {
            awaitSubscribed(ALL);

            server.stopImmediately();
            server.startAgain();

            // whoever listens is told to look, because nobody knows what was missed
            awaitSubscribed(ALL);
            UUID id = bench.submit("lifeos");
            awaitHeard(SOMETHING_QUEUED);
            claim(bench.queue("ada"));
            awaitHeard(changed(id));
        }
    }

    @Test
    void closedListenerLeavesNoSession() throws Exception {
        try (QueueBench bench = QueueBench.create()) {
            Notifications notifications = listen(bench, ALL);
            awaitSubscribed(ALL);
            assertThat(listeningSessions(bench)).isEqualTo("1");

            notifications.close();

            await().atMost(Duration.ofSeconds(5)).until(() -> listeningSessions(bench).equals("0"));
        }
    }

    private Notifications listen(QueueBench bench, List<Channel> channels) {
        return new Notifications(
                bench.service().settings(),
                channels,
                (channel, payload) -> heard.add(new Announcement(channel, payload)));
    }

    private static Announcement changed(UUID id) {
        return new Announcement(Channel.JOB_CHANGED, id.toString());
    }

    private void awaitSubscribed(List<Channel> channels) {
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() ->
                        assertThat(heard)
                                .containsExactlyElementsOf(
                                        channels.stream()
                                                .map(channel -> new Announcement(channel, ""))
                                                .toList()));
        heard.clear();
    }

    /** Much sooner than the ten seconds after which the listener would look anyway. */
    private void awaitHeard(Announcement announcement) {
        await().atMost(Duration.ofSeconds(5)).until(() -> heard.contains(announcement));
        heard.clear();
    }

    private static String listeningSessions(QueueBench bench) {
        return bench.service()
                .value(
                        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'listen'");
    }
}
