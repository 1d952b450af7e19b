package org.lifeos.backup.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lifeos.backup.testing.QueueBench.claim;
import static org.lifeos.backup.testing.QueueBench.claimedId;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.testing.QueueBench;

class RecoveryOfLostJobsTest {
    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final JobQueue lost = BENCH.queue("lost");
    private final JobQueue queue = BENCH.queue("ada");
    private final Heartbeats heartbeats = new Heartbeats(queue);

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void tracesAreCleanedUpBeforeTheJobIsOfferedAgain() {
        UUID id = loseJob();
        WrittenHandler handler =
                handler()
                        .cleaningUp(reaping -> {
                            assertThat(reaping.jobId()).isEqualTo(id);
                            assertThat(reaping.lease().attempt()).isEqualTo(1);
                            assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);
                            assertThat(claimedId(lost)).as("offered too early").isEmpty();
                            return false;
                        });

        reap(handler);

        assertThat(handler.calls()).containsExactly("cleanUp");
        assertThat(claim(queue).job().attempt()).isEqualTo(2);
    }

    @Test
    void publishedWorkIsOfferedForAdoptionWithoutCountingTheAttempt() {
        UUID id = loseJob();
        WrittenHandler handler = handler().cleaningUp(_ -> true);

        reap(handler);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(BENCH.job(id).attempt()).isZero();
        assertThat(handler.calls()).containsExactly("cleanUp");
    }

    @Test
    void publishedWorkOfTheLastAttemptIsAdoptedAsWell() {
        UUID id = loseJob();
        BENCH.service().execute("update job set attempt = max_attempts");

        reap(handler().cleaningUp(_ -> true));

        assertThat(claim(queue).job().id()).isEqualTo(id);
    }

    @Test
    void afterTheLastAttemptAllIsDiscardedAndTheJobFails() {
        UUID id = loseJob();
        BENCH.service().execute("update job set attempt = max_attempts");
        WrittenHandler handler = handler();

        reap(handler);

        assertThat(handler.calls()).containsExactly("cleanUp", "discard");
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.FAILED);
        assertThat(BENCH.job(id).failure().code()).isEqualTo(ProblemCode.WORKER_LOST.code());
    }

    @Test
    void cancelledJobIsDiscardedEvenWhenItsWorkIsPublished() {
        UUID id = loseJob();
        BENCH.cancel(id, "ci-token");
        WrittenHandler handler = handler().cleaningUp(_ -> true);

        reap(handler);

        assertThat(handler.calls()).containsExactly("cleanUp", "discard");
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void jobWhoseOutcomeCannotBeToldNeitherGoesOnNorEndsUntilItCan() {
        UUID id = loseJob();
        BENCH.cancel(id, "ci-token");
        WrittenHandler handler =
                handler()
                        .cleaningUp(_ -> {
                            throw new OutcomeUnknownException("nobody answers", null);
                        });

        reap(handler);
        assertThat(handler.calls()).containsExactly("cleanUp");
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);

        BENCH.expireLease(id);
        reap(handler.cleaningUp(_ -> false));
        assertThat(handler.calls()).containsExactly("cleanUp", "cleanUp", "discard");
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void reaperThatLosesItsLeaseWritesNothing() {
        UUID id = loseJob();
        String[] stolen = {null};
        WrittenHandler handler =
                handler()
                        .cleaningUp(_ -> {
                            BENCH.stealLease(id);
                            stolen[0] = BENCH.row(id);
                            heartbeats.beat();
                            return true;
                        });

        reap(handler);

        assertThat(BENCH.row(id)).isEqualTo(stolen[0]);
        assertThat(handler.calls()).containsExactly("cleanUp");
    }

    @Test
    void reaperThatLostItsLeaseWithoutKnowingRemovesNothing() {
        UUID id = loseJob();
        boolean[] removed = {false};
        WrittenHandler handler =
                handler()
                        .cleaningUp(reaping -> {
                            BENCH.stealLease(id);
                            reaping.whileHeld(() -> removed[0] = true);
                            return true;
                        });

        reap(handler);

        assertThat(removed[0]).isFalse();
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    void cancelIsHeardInTheMiddleOfACleanUp() {
        UUID id = loseJob();
        WrittenHandler handler =
                handler()
                        .cleaningUp(reaping -> {
                            BENCH.cancel(id, "ci-token");
                            heartbeats.beat();
                            reaping.checkpoint();
                            throw new AssertionError("went on");
                        });

        reap(handler);

        assertThat(handler.calls()).containsExactly("cleanUp", "discard");
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void longCleanUpKeepsItsLease() {
        UUID id = loseJob();

        reap(
                handler()
                        .cleaningUp(_ -> {
                            BENCH.expireLease(id);
                            heartbeats.beat();
                            assertThat(lost.reap(EnumSet.allOf(JobType.class))).isEmpty();
                            return false;
                        }));

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void jobWhoseCleanUpFailsIsNotOfferedButReapedAgain() {
        UUID id = loseJob();
        WrittenHandler failing =
                handler()
                        .cleaningUp(_ -> {
                            throw new IllegalStateException("the folder is gone");
                        });

        assertThatThrownBy(() -> reap(failing)).hasMessage("the folder is gone");

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);
        BENCH.expireLease(id);
        reap(handler());
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
    }

    /** A job whose worker died in its first attempt. */
    private UUID loseJob() {
        UUID id = BENCH.submit("lifeos");
        claim(lost);
        BENCH.expireLease(id);
        return id;
    }

    private void reap(WrittenHandler handler) {
        new AttemptRunner(
                        List.of(handler),
                        queue,
                        new JobLog(BENCH.database()),
                        heartbeats,
                        new RetryDelay(Duration.ofMinutes(1), new Random(1)),
                        new Redaction(List.of()))
                .recover(queue.reap(EnumSet.allOf(JobType.class)).orElseThrow());
    }

    private static WrittenHandler handler() {
        return new WrittenHandler(_ -> {
            throw new AssertionError("ran instead of cleaning up");
        });
    }
}
