package org.lifeos.backup.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.testing.QueueBench;

class HeartbeatsTest {
    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final JobQueue queue = BENCH.queue("ada");

    @Test
    void publishOfOneJobDoesNotHoldUpTheHeartbeatsOfOthers() throws Exception {
        Attempt publishing = begin("one");
        Attempt other = begin("two");
        BENCH.expireLease(other.jobId());
        Heartbeats heartbeats = new Heartbeats(queue);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        try (Attempt.Registration _ = heartbeats.keep(publishing);
                Attempt.Registration _ = heartbeats.keep(other)) {
            threads.submit(() ->
                    publishing.succeed(_ -> {
                        begun.countDown();
                        waitFor(mayEnd);
                        return QueueBench.result();
                    }));
            waitFor(begun);

            threads.submit(() -> heartbeats.beat()).get(10, TimeUnit.SECONDS);

            assertThat(queue.reap(QueueBench.BACKUPS)).as("both leases hold").isEmpty();
            assertThat(publishing.stopReason()).isNull();
        } finally {
            mayEnd.countDown();
        }
    }

    private Attempt begin(String target) {
        BENCH.submit(target);
        return new Attempt(
                QueueBench.claim(queue),
                queue,
                new JobLog(BENCH.database()),
                new Redaction(List.of()));
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
