package org.lifeos.backup.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.lifeos.backup.testing.QueueBench.claim;
import static org.lifeos.backup.testing.QueueBench.claimedId;

import java.time.Duration;
import java.util.EnumSet;
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
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.QueueBench;

class JobCancelTest {
    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final JobQueue queue = BENCH.queue("ada");

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void queuedJobIsCancelledAtOnce() {
        UUID id = BENCH.submit("lifeos");

        Job job = BENCH.cancel(id, "ci-token").orElseThrow();

        assertThat(job).isEqualTo(BENCH.job(id));
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.failure().code()).isEqualTo(ProblemCode.CANCELLED.code());
        assertThat(job.failure().detail()).contains("ci-token");
        assertThat(job.finishedAt()).isNotNull();
        assertThat(claimedId(queue)).isEmpty();
    }

    @Test
    void workerOfARunningJobIsAskedToEndIt() {
        UUID id = BENCH.submit("lifeos");
        Lease held = claim(queue).lease();

        Job job = BENCH.cancel(id, "ci-token").orElseThrow();

        assertThat(job.state()).isEqualTo(JobState.RUNNING);
        assertThat(queue.heartbeat(held)).isEqualTo(JobQueue.Heartbeat.CANCEL_REQUESTED);
        assertThat(queue.cancelled(held, () -> {})).isTrue();
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(BENCH.job(id).failure().detail()).contains("ci-token");
    }

    @Test
    void nothingIsPublishedAfterACancel() {
        UUID id = BENCH.submit("lifeos");
        Lease held = claim(queue).lease();
        BENCH.cancel(id, "ci-token");

        assertThat(
                        queue.succeed(
                                held,
                                _ -> {
                                    throw new AssertionError("published after a cancel");
                                }))
                .isEqualTo(JobQueue.Publish.CANCEL_REQUESTED);
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    void cancelIsRememberedThroughARetryAndDoesNotWaitForItsDelay() {
        UUID id = BENCH.submit("lifeos");
        LeasedJob claimed = claim(queue);
        assertThat(claimed.cancelRequested()).isFalse();
        BENCH.cancel(id, "ci-token");

        queue.retry(claimed.lease(), Failure.of(ProblemCode.DUMP_KILLED, "x"), Duration.ofHours(1));

        assertThat(claim(queue).cancelRequested()).isTrue();
    }

    @Test
    void queuedJobWhoseDumpWaitsForItsAdoptionIsCancelledByAWorkerThatRemovesIt() {
        UUID id = BENCH.submit("lifeos");
        queue.offerForAdoption(claim(queue).lease());

        Job job = BENCH.cancel(id, "ci-token").orElseThrow();

        assertThat(job.state()).isEqualTo(JobState.QUEUED);
        LeasedJob claimed = claim(queue);
        assertThat(claimed.cancelRequested()).isTrue();
        assertThat(queue.cancelled(claimed.lease(), () -> {})).isTrue();
        assertThat(BENCH.job(id).failure().detail()).contains("ci-token");
    }

    @Test
    void endedJobCannotBeCancelled() {
        UUID succeeded = BENCH.submit("lifeos");
        queue.succeed(claim(queue).lease(), _ -> QueueBench.result());
        UUID failed = BENCH.submit("lifeos");
        queue.fail(claim(queue).lease(), Failure.of(ProblemCode.DUMP_FAILED, "x"), null, () -> {});
        UUID cancelled = BENCH.submit("lifeos");
        BENCH.cancel(cancelled, "ci-token");

        for (UUID id : new UUID[] {succeeded, failed, cancelled}) {
            String before = BENCH.row(id);
            assertAlreadyEnded(catchThrowable(() -> BENCH.cancel(id, "too late")));
            assertThat(BENCH.row(id)).isEqualTo(before);
        }
    }

    @Test
    void jobThatDoesNotExistIsNoJob() {
        assertThat(BENCH.cancel(UUID.randomUUID(), "ci-token")).isEmpty();
    }

    @Test
    void whoCancelsFirstIsTheOneWhoDid() {
        UUID running = BENCH.submit("lifeos");
        Lease held = claim(queue).lease();
        BENCH.cancel(running, "first");
        BENCH.cancel(running, "second");
        queue.cancelled(held, () -> {});
        assertThat(BENCH.job(running).failure().detail()).contains("first");

        UUID retried = BENCH.submit("lifeos");
        Lease lease = claim(queue).lease();
        BENCH.cancel(retried, "first");
        queue.retry(lease, Failure.of(ProblemCode.DUMP_KILLED, "x"), Duration.ZERO);
        BENCH.cancel(retried, "second");
        assertThat(BENCH.job(retried).state()).isEqualTo(JobState.CANCELLED);
        assertThat(BENCH.job(retried).failure().detail()).contains("first");
    }

    @Test
    void cancelOfAJobWhoseWorkerFrozeInItsPublishIsAnsweredSoon() throws Exception {
        UUID id = BENCH.submit("lifeos");
        Lease held = claim(queue).lease();
        CountDownLatch publishing = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        Future<?> publish =
                threads.submit(() ->
                        queue.underLease(
                                held,
                                _ -> {
                                    publishing.countDown();
                                    waitFor(mayGoOn);
                                    return true;
                                }));
        waitFor(publishing);

        Future<?> cancel = threads.submit(() -> BENCH.cancel(id, "ci-token"));
        assertThatThrownBy(() -> cancel.get(6, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ProblemCode.JOB_LOCKED));

        mayGoOn.countDown();
        publish.get(10, TimeUnit.SECONDS);
        assertThat(BENCH.cancel(id, "ci-token")).isPresent();
    }

    @Test
    void cancelWaitsForAPublishUnderWayAndThenComesTooLate() throws Exception {
        UUID id = BENCH.submit("lifeos");
        Lease held = claim(queue).lease();
        BENCH.expireLease(id);
        CountDownLatch publishing = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        Future<JobQueue.Publish> publish =
                threads.submit(() ->
                        queue.succeed(
                                held,
                                _ -> {
                                    publishing.countDown();
                                    waitFor(mayGoOn);
                                    return QueueBench.result();
                                }));
        waitFor(publishing);

        Future<?> cancel = threads.submit(() -> BENCH.cancel(id, "ci-token"));
        await().until(() -> BENCH.service().waitingSessions() == 1);
        assertThat(BENCH.queue("grace").reap(EnumSet.allOf(JobType.class)))
                .as("the publish keeps its job")
                .isEmpty();
        assertThat(cancel.isDone()).isFalse();
        mayGoOn.countDown();

        assertThat(publish.get(10, TimeUnit.SECONDS)).isEqualTo(JobQueue.Publish.DONE);
        assertThatThrownBy(() -> cancel.get(10, TimeUnit.SECONDS))
                .cause()
                .satisfies(JobCancelTest::assertAlreadyEnded);
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.SUCCEEDED);
    }

    private static void assertAlreadyEnded(Throwable thrown) {
        assertThat(thrown).isInstanceOf(ProblemException.class);
        assertThat(((ProblemException) thrown).code()).isEqualTo(ProblemCode.ALREADY_ENDED);
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
