package org.lifeos.backup.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.lifeos.backup.testing.QueueBench.BACKUPS;
import static org.lifeos.backup.testing.QueueBench.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.testing.QueueBench;

/** What a job made is discarded before it ends FAILED or CANCELLED, by whoever holds its lease. */
class JobEndTest {
    private static final Failure FAILURE = Failure.of(ProblemCode.DISK_FULL, "no room");

    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final JobQueue queue = BENCH.queue("ada");
    private final List<JobState> discardedIn = new ArrayList<>();

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void allIsDiscardedBeforeTheJobHasEnded() {
        UUID failed = BENCH.submit("one");
        assertThat(queue.fail(claim(queue).lease(), FAILURE, null, discardOf(failed))).isTrue();
        UUID cancelled = BENCH.submit("two");
        Lease held = claim(queue).lease();
        BENCH.cancel(cancelled, "ci-token");
        assertThat(queue.cancelled(held, discardOf(cancelled))).isTrue();

        assertThat(discardedIn).containsExactly(JobState.RUNNING, JobState.RUNNING);
        assertThat(BENCH.job(failed).state()).isEqualTo(JobState.FAILED);
        assertThat(BENCH.job(cancelled).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void jobWhoseDiscardFailsHasNotEnded() {
        UUID id = BENCH.submit("lifeos");
        Lease held = claim(queue).lease();
        String before = BENCH.row(id);

        assertThatThrownBy(() ->
                        queue.fail(
                                held,
                                FAILURE,
                                null,
                                () -> {
                                    throw new IllegalStateException("the folder is gone");
                                }))
                .hasMessage("the folder is gone");

        assertThat(BENCH.row(id)).isEqualTo(before);
        assertThat(queue.heartbeat(held)).isEqualTo(JobQueue.Heartbeat.ALIVE);
    }

    @Test
    void nobodyTakesAJobOverWhileItIsDiscarded() throws Exception {
        UUID id = BENCH.submit("lifeos");
        Lease held = claim(queue).lease();
        BENCH.expireLease(id);
        CountDownLatch discarding = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Future<Boolean> failing =
                threads.submit(() ->
                        queue.fail(
                                held,
                                FAILURE,
                                null,
                                () -> {
                                    discarding.countDown();
                                    waitFor(mayEnd);
                                }));
        waitFor(discarding);

        assertThat(BENCH.queue("grace").reap(BACKUPS)).isEmpty();
        Future<Optional<Job>> cancel = threads.submit(() -> BENCH.cancel(id, "ci-token"));
        await().until(() -> BENCH.service().waitingSessions() == 1);
        mayEnd.countDown();

        assertThat(failing.get(10, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> cancel.get(10, TimeUnit.SECONDS)).hasMessageContaining("FAILED");
    }

    @Test
    void lostJobIsDiscardedOnlyWhenItEnds() {
        UUID id = BENCH.submit("lifeos");
        for (int attempt = 1; attempt <= Jobs.MAX_ATTEMPTS; attempt++) {
            assertThat(discardedIn).as("before attempt %d", attempt).isEmpty();
            claim(queue);
            BENCH.expireLease(id);
            queue.afterLoss(queue.reap(BACKUPS).orElseThrow(), discardOf(id));
        }
        assertThat(discardedIn).containsExactly(JobState.RUNNING);
    }

    @Test
    void onlyLostJobsOfTheTypesAskedForAreReaped() {
        UUID id = BENCH.submit("lifeos");
        claim(queue);
        BENCH.expireLease(id);

        assertThat(queue.reap(Set.of(JobType.RETENTION))).isEmpty();
        assertThat(queue.reap(Set.of())).isEmpty();
        assertThat(queue.reap(BACKUPS)).isPresent();
    }

    private Runnable discardOf(UUID id) {
        return () -> discardedIn.add(BENCH.job(id).state());
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
