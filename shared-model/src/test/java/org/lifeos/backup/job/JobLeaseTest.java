package org.lifeos.backup.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.lifeos.backup.testing.QueueBench.claim;
import static org.lifeos.backup.testing.QueueBench.claimedId;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.testing.QueueBench;

class JobLeaseTest {
    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final JobQueue ada = BENCH.queue("ada");
    private final JobQueue grace = BENCH.queue("grace");

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void runningLeaseIsNotReaped() {
        BENCH.submit("lifeos");
        claim(ada);

        assertThat(grace.reap(EnumSet.allOf(JobType.class))).isEmpty();
    }

    @Test
    void expiredLeaseIsTakenByAnotherWorkerAndTheJobStaysRunning() {
        UUID id = BENCH.submit("lifeos");
        UUID younger = BENCH.submit("lifeos");
        LeasedJob lost = claim(ada);
        BENCH.expireLease(id);

        LeasedJob reaped = grace.reap(EnumSet.allOf(JobType.class)).orElseThrow();

        assertThat(reaped.job().id()).isEqualTo(id);
        assertThat(reaped.job().worker()).isEqualTo("ada");
        assertThat(reaped.lease().attempt()).isEqualTo(lost.lease().attempt());
        assertThat(reaped.lease().token()).isNotEqualTo(lost.lease().token());
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);
        assertThat(claimedId(grace)).as("neither it nor %s", younger).isEmpty();
        assertThat(grace.heartbeat(reaped.lease())).isEqualTo(JobQueue.Heartbeat.ALIVE);
    }

    @Test
    void oldTokenWritesNothingAnyMore() {
        UUID id = BENCH.submit("lifeos");
        Lease lost = claim(ada).lease();
        BENCH.expireLease(id);
        grace.reap(EnumSet.allOf(JobType.class)).orElseThrow();
        Failure failure = Failure.of(ProblemCode.DUMP_FAILED, "too late");
        String before = BENCH.row(id);

        assertThat(ada.heartbeat(lost)).isEqualTo(JobQueue.Heartbeat.LOST);
        assertThat(ada.report(lost, Progress.of("dump", "too late"))).isFalse();
        assertThat(
                        ada.succeed(
                                lost,
                                _ -> {
                                    throw new AssertionError("published without the lease");
                                }))
                .isEqualTo(JobQueue.Publish.LEASE_LOST);
        assertThat(ada.fail(lost, failure, null, JobLeaseTest::notOurs)).isFalse();
        assertThat(ada.retry(lost, failure, Duration.ZERO)).isFalse();
        assertThat(ada.handBack(lost)).isFalse();
        assertThat(ada.offerForAdoption(lost)).isFalse();
        assertThatThrownBy(() -> ada.reserve(lost, "late.sql.gz"))
                .isInstanceOf(LeaseLostException.class);
        assertThat(BENCH.row(id)).isEqualTo(before);

        BENCH.cancel(id, "ci-token");
        before = BENCH.row(id);
        assertThat(ada.cancelled(lost, JobLeaseTest::notOurs)).isFalse();
        assertThat(BENCH.row(id)).isEqualTo(before);
    }

    @Test
    void tokenOfAnEndedJobWritesNothingAnyMore() {
        UUID id = BENCH.submit("lifeos");
        Lease held = claim(ada).lease();
        ada.succeed(held, _ -> QueueBench.result());
        String before = BENCH.row(id);

        assertThat(ada.heartbeat(held)).isEqualTo(JobQueue.Heartbeat.LOST);
        assertThat(ada.handBack(held)).isFalse();
        assertThat(
                        ada.fail(
                                held,
                                Failure.of(ProblemCode.DUMP_FAILED, "x"),
                                null,
                                JobLeaseTest::notOurs))
                .isFalse();
        assertThat(BENCH.row(id)).isEqualTo(before);
    }

    @Test
    void reapingIsItselfALease() {
        UUID id = BENCH.submit("lifeos");
        claim(ada);
        BENCH.expireLease(id);
        Lease first = grace.reap(EnumSet.allOf(JobType.class)).orElseThrow().lease();
        assertThat(ada.reap(EnumSet.allOf(JobType.class)))
                .as("while the first reaper cleans up")
                .isEmpty();

        BENCH.expireLease(id);
        LeasedJob second = ada.reap(EnumSet.allOf(JobType.class)).orElseThrow();

        assertThat(grace.heartbeat(first)).isEqualTo(JobQueue.Heartbeat.LOST);
        assertThat(ada.afterLoss(second, () -> {})).isTrue();
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void lostJobIsOfferedAgainWhileAttemptsRemain() {
        UUID id = BENCH.submit("lifeos");

        loseAttempt(id);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(BENCH.job(id).failure()).isNull();
        assertThat(BENCH.job(id).progress().message()).contains("worker-lost", "ada");
        assertThat(claim(grace).job().attempt()).isEqualTo(2);
    }

    @Test
    void jobLostInItsLastAttemptFailsAsWorkerLost() {
        UUID id = BENCH.submit("lifeos");

        for (int attempt = 1; attempt <= Jobs.MAX_ATTEMPTS; attempt++) {
            assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
            loseAttempt(id);
        }

        Job job = BENCH.job(id);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.failure().code()).isEqualTo(ProblemCode.WORKER_LOST.code());
        assertThat(job.failure().detail()).contains("ada", "attempt 3 of 3");
        assertThat(claimedId(grace)).isEmpty();
    }

    @Test
    void lostJobIsCancelledWhenThatWasAskedFor() {
        UUID id = BENCH.submit("lifeos");
        claim(ada);
        BENCH.cancel(id, "ci-token");
        BENCH.expireLease(id);

        assertThat(
                        grace.afterLoss(
                                grace.reap(
                                                java.util.EnumSet.allOf(
                                                        org.lifeos.backup.job.JobType.class))
                                        .orElseThrow(),
                                () -> {}))
                .isTrue();

        Job job = BENCH.job(id);
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.failure().code()).isEqualTo(ProblemCode.CANCELLED.code());
        assertThat(job.failure().detail()).contains("ci-token");
    }

    @Test
    void clockOfTheDatabaseIsTheOnlyClock() throws Exception {
        try (QueueBench tomorrow = QueueBench.create()) {
            setClockAhead(tomorrow, "1 day");
            JobQueue queue = tomorrow.queue("ada");
            UUID id = tomorrow.submit("lifeos");
            Instant aDayAhead = Instant.now().plus(1, ChronoUnit.DAYS);

            assertThat(queue.now()).isCloseTo(aDayAhead, within(1, ChronoUnit.MINUTES));
            Lease held = claim(queue).lease();
            assertThat(tomorrow.job(id).startedAt())
                    .isCloseTo(aDayAhead, within(1, ChronoUnit.MINUTES));
            assertThat(queue.reap(EnumSet.allOf(JobType.class))).isEmpty();
            assertThat(queue.heartbeat(held)).isEqualTo(JobQueue.Heartbeat.ALIVE);
            assertThat(queue.reap(EnumSet.allOf(JobType.class))).isEmpty();

            tomorrow.service().execute("update skewed.clock set ahead = '1 day 1 minute'");
            assertThat(queue.reap(EnumSet.allOf(JobType.class))).isPresent();
        }
    }

    /** Has {@code now()} be another function in all new sessions of the bench's database. */
    private static void setClockAhead(QueueBench bench, String ahead) {
        bench.service()
                .execute(
                        """
                        create schema skewed;
                        create table skewed.clock (ahead interval);
                        insert into skewed.clock values ('%s');
                        create function skewed.now() returns timestamptz stable language sql
                            as 'select pg_catalog.now() + ahead from skewed.clock';
                        alter database "%s" set search_path = skewed, pg_catalog, public
                        """
                                .formatted(ahead, bench.service().name()));
    }

    private void loseAttempt(UUID id) {
        assertThat(claim(ada).job().id()).isEqualTo(id);
        BENCH.expireLease(id);
        assertThat(
                        grace.afterLoss(
                                grace.reap(
                                                java.util.EnumSet.allOf(
                                                        org.lifeos.backup.job.JobType.class))
                                        .orElseThrow(),
                                () -> {}))
                .isTrue();
    }

    private static void notOurs() {
        throw new AssertionError("a worker that lost its lease discards nothing");
    }
}
