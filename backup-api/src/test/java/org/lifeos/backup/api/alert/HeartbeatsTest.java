package org.lifeos.backup.api.alert;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.Failure;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.testing.Receiver;

/** The pings around real jobs, at a real web server. */
class HeartbeatsTest {
    private final QueueBench bench = QueueBench.create();
    private final JobQueue queue = bench.queue("w");
    private final Heartbeats heartbeats = new Heartbeats(bench.database());
    private final Receiver web = new Receiver();

    @AfterEach
    void stop() throws Exception {
        web.close();
        bench.close();
    }

    private void look(URI address) throws InterruptedException {
        heartbeats.look();
        new Courier(
                        new Outbox(bench.database(), Duration.ofMinutes(1), Duration.ofMinutes(1)),
                        List.of(new HeartbeatChannel(address)),
                        new Redaction(List.of()),
                        new SimpleMeterRegistry())
                .run();
    }

    private LeasedJob begin() {
        bench.submit("lifeos");
        return queue.claim(QueueBench.BACKUPS).orElseThrow();
    }

    private List<String> targets() {
        return web.received().stream().map(Receiver.Received::target).toList();
    }

    @Test
    void startAndSuccessOfABackupAreOnePingEach() throws InterruptedException {
        URI address = web.address("/ping/uuid");
        bench.submit("lifeos");
        look(address);
        assertThat(targets()).as("it waits").isEmpty();
        LeasedJob job = queue.claim(QueueBench.BACKUPS).orElseThrow();
        look(address);
        look(address);
        assertThat(targets()).containsExactly("/ping/uuid/start");
        queue.finish(job.lease(), QueueBench.result());
        look(address);
        look(address);
        assertThat(targets()).containsExactly("/ping/uuid/start", "/ping/uuid");
    }

    @Test
    void backupThatFailsIsPingedAsFailed() throws InterruptedException {
        LeasedJob job = begin();
        queue.fail(job.lease(), Failure.of(ProblemCode.DUMP_FAILED, "why"), null, () -> {});
        look(web.address("/ping/uuid/"));
        assertThat(targets()).containsExactly("/ping/uuid/start", "/ping/uuid/fail");
    }

    @Test
    void queryOfTheAddressStays() throws InterruptedException {
        queue.finish(begin().lease(), QueueBench.result());
        look(web.address("/push?key=1"));
        assertThat(targets()).containsExactly("/push/start?key=1", "/push?key=1");
    }

    @Test
    void whatEndedLongAgoIsNotPinged() throws InterruptedException {
        queue.finish(begin().lease(), QueueBench.result());
        bench.service()
                .execute(
                        "update job set started_at = now() - interval '3 hours', finished_at = now() - interval '2 hours'");
        look(web.address("/ping"));
        assertThat(targets()).isEmpty();
    }

    @Test
    void pingThatComesTooLateIsNotSent() throws InterruptedException {
        web.answer(500);
        queue.finish(begin().lease(), QueueBench.result());
        look(web.address("/ping"));
        bench.service().execute("update notice set written_at = now() - interval '2 hours'");
        bench.service().execute("update notice_delivery set next_attempt_at = now()");
        look(web.address("/ping"));
        assertThat(
                        bench.service()
                                .value(
                                        "select count(*) from notice_delivery where outcome = 'LOST'"))
                .isEqualTo("2");
    }
}
