package org.lifeos.backup.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.testing.QueueBench.claim;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.worker.job.WrittenHandler.Work;

class AttemptRunnerTest {
    private static final String SECRET = "s3cret-word";

    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final JobQueue queue = BENCH.queue("ada");
    private final Heartbeats heartbeats = new Heartbeats(queue);
    private final JobLog log = new JobLog(BENCH.database());

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void jobThatGoesWellSucceeds() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler = handler(attempt -> attempt.succeed(_ -> QueueBench.result()));

        run(handler);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(handler.calls()).containsExactly("run 1 RUNNING");
    }

    @Test
    void retryableFailureIsTriedAgainLaterAndMaySucceedThen() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                handler(attempt -> {
                    if (attempt.lease().attempt() == 1) {
                        throw problem(ProblemCode.TARGET_UNREACHABLE);
                    }
                    attempt.succeed(_ -> QueueBench.result());
                });

        run(handler);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(queue.claim(QueueBench.BACKUPS)).as("before its delay is over").isEmpty();
        assertThat(BENCH.job(id).progress().message()).contains("target-unreachable");

        endDelay();
        run(handler);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(BENCH.job(id).attempt()).isEqualTo(2);
        assertThat(handler.calls()).containsExactly("run 1 RUNNING", "run 2 RUNNING");
    }

    @Test
    void retryableFailureOfTheLastAttemptFailsTheJobAfterAllIsDiscarded() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                handler(_ -> {
                    throw problem(ProblemCode.DUMP_KILLED);
                });

        for (int attempt = 1; attempt <= 3; attempt++) {
            endDelay();
            run(handler);
        }

        assertFailed(id, ProblemCode.DUMP_KILLED);
        assertThat(handler.calls())
                .containsExactly(
                        "run 1 RUNNING", "run 2 RUNNING", "run 3 RUNNING", "discard RUNNING");
    }

    @Test
    void otherFailureFailsTheJobAtOnceAfterAllIsDiscarded() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                handler(_ -> {
                    throw problem(ProblemCode.DISK_FULL);
                });

        run(handler);

        assertFailed(id, ProblemCode.DISK_FULL);
        assertThat(handler.calls()).containsExactly("run 1 RUNNING", "discard RUNNING");
    }

    @Test
    void mistakeOfAHandlerFailsTheJobAndSaysWhatItWas() {
        UUID exception = BENCH.submit("lifeos");
        run(
                handler(_ -> {
                    throw new IllegalStateException("no such case");
                }));
        UUID error = BENCH.submit("lifeos");
        run(
                handler(_ -> {
                    throw new StackOverflowError();
                }));

        assertFailed(exception, ProblemCode.INTERNAL_WORKER_ERROR);
        assertThat(BENCH.job(exception).failure().detail())
                .isEqualTo("IllegalStateException: no such case");
        assertFailed(error, ProblemCode.INTERNAL_WORKER_ERROR);
    }

    @Test
    void unavailableServiceDatabaseIsAReasonToTryAgain() {
        UUID id = BENCH.submit("lifeos");

        run(
                handler(_ -> {
                    throw SqlFailure.of(new SQLException("the server went away", "57P01"));
                }));

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(BENCH.job(id).progress().message()).contains("service-database-unavailable");
    }

    @Test
    void secretsComeNeitherIntoTheFailureNorIntoTheLog() {
        UUID id = BENCH.submit("lifeos");

        run(
                handler(attempt -> {
                    attempt.log("the tool said " + SECRET);
                    throw new ProblemException(ProblemCode.DUMP_FAILED, "it said " + SECRET);
                }));

        assertThat(BENCH.job(id).failure().detail()).isEqualTo("it said ***");
        assertThat(log.lines(id)).singleElement().asString().endsWith("[1] the tool said ***");
    }

    @Test
    void logOfATalkativeToolEndsWithALineThatSaysSo() {
        UUID id = BENCH.submit("lifeos");

        run(
                handler(attempt -> {
                    for (int i = 1; i <= 2_100; i++) {
                        attempt.log("line " + i);
                    }
                    attempt.succeed(_ -> QueueBench.result());
                }));

        assertThat(log.lines(id)).hasSize(2_001);
        assertThat(log.lines(id).getLast()).endsWith("of one attempt 2,000 lines are kept");
    }

    @Test
    void cancelEndsWhatRunsAndDiscardsAllBeforeTheJobIsCancelled() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                handler(attempt -> {
                    boolean[] ended = {false};
                    try (Attempt.Registration _ = attempt.onStop(() -> ended[0] = true)) {
                        BENCH.cancel(id, "ci-token");
                        heartbeats.beat(UUID.randomUUID());
                        assertThat(ended[0]).as("by news of another job").isFalse();
                        heartbeats.beat(id);
                        assertThat(ended[0]).isTrue();
                    }
                    throw problem(ProblemCode.DUMP_KILLED);
                });

        run(handler);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(BENCH.job(id).failure().detail()).contains("ci-token");
        assertThat(handler.calls()).containsExactly("run 1 RUNNING", "discard RUNNING");
    }

    @Test
    void jobCancelledBeforeItsAttemptBeganDoesNoWork() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                handler(attempt -> {
                    if (attempt.lease().attempt() == 1) {
                        BENCH.cancel(id, "ci-token");
                        throw problem(ProblemCode.DUMP_KILLED);
                    }
                    attempt.phase("dump", "begins");
                    throw new AssertionError("worked on a cancelled job");
                });

        run(handler);
        endDelay();
        run(handler);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(handler.calls()).last().isEqualTo("discard RUNNING");
    }

    @Test
    void lostLeaseStopsTheHandlerAndNothingIsWrittenOrDiscarded() {
        UUID id = BENCH.submit("lifeos");
        String[] stolen = {null};
        WrittenHandler handler =
                handler(attempt -> {
                    BENCH.stealLease(id);
                    stolen[0] = BENCH.row(id);
                    heartbeats.beat();
                    attempt.checkpoint();
                });

        run(handler);

        assertThat(BENCH.row(id)).isEqualTo(stolen[0]);
        assertThat(handler.calls()).containsExactly("run 1 RUNNING");
    }

    @Test
    void leaseLostUnnoticedPublishesNothing() {
        UUID id = BENCH.submit("lifeos");
        String[] stolen = {null};
        WrittenHandler handler =
                handler(attempt -> {
                    BENCH.stealLease(id);
                    stolen[0] = BENCH.row(id);
                    attempt.succeed(_ -> {
                        throw new AssertionError("published without the lease");
                    });
                });

        run(handler);

        assertThat(BENCH.row(id)).isEqualTo(stolen[0]);
        assertThat(handler.calls()).containsExactly("run 1 RUNNING");
    }

    @Test
    void failureUnderALostLeaseIsNotWritten() {
        UUID id = BENCH.submit("lifeos");
        String[] stolen = {null};

        run(
                handler(_ -> {
                    BENCH.stealLease(id);
                    stolen[0] = BENCH.row(id);
                    throw problem(ProblemCode.DUMP_KILLED);
                }));

        assertThat(BENCH.row(id)).isEqualTo(stolen[0]);
    }

    @Test
    void workerThatLostTheJobWithoutKnowingDiscardsNothing() {
        BENCH.submit("lifeos");
        WrittenHandler handler =
                handler(attempt -> {
                    BENCH.stealLease(attempt.jobId());
                    throw problem(ProblemCode.DISK_FULL);
                });

        run(handler);

        assertThat(handler.calls()).containsExactly("run 1 RUNNING");
    }

    @Test
    void publishOfUnknownOutcomeIsLeftToTheReaper() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                handler(_ -> {
                    throw new OutcomeUnknownException(new SQLException("cut off"));
                });

        run(handler);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);
        assertThat(handler.calls()).containsExactly("run 1 RUNNING");
    }

    @Test
    void stoppingWorkerHandsItsJobsBack() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                handler(attempt -> {
                    heartbeats.stopAll(StopReason.WORKER_STOPS);
                    attempt.checkpoint();
                });

        run(handler);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(BENCH.job(id).attempt()).isZero();
        assertThat(handler.calls()).containsExactly("run 1 RUNNING");
    }

    private void run(WrittenHandler handler) {
        runner(handler).run(claim(queue));
        assertThat(handler.calls()).noneMatch(call -> call.startsWith("false assertion"));
    }

    private AttemptRunner runner(WrittenHandler handler) {
        return new AttemptRunner(
                List.of(handler),
                queue,
                log,
                heartbeats,
                new RetryDelay(Duration.ofMinutes(1), new Random(1)),
                new Redaction(List.of(SECRET)));
    }

    /** A handler that notes in which state the job is when it is called. */
    private static WrittenHandler handler(Work work) {
        return new WrittenHandler(work).noting(job -> BENCH.job(job.job().id()).state().toString());
    }

    private static void endDelay() {
        BENCH.service().execute("update job set available_at = now() where state = 'QUEUED'");
    }

    private static ProblemException problem(ProblemCode code) {
        return new ProblemException(code, "for a test");
    }

    private static void assertFailed(UUID id, ProblemCode code) {
        Job job = BENCH.job(id);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.failure().code()).isEqualTo(code.code());
    }
}
