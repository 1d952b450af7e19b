package org.lifeos.backup.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.testing.Eventually.eventually;
import static org.lifeos.backup.testing.QueueBench.claim;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.config.ServiceDatabaseSettings;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.WorkerRegister;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.testing.WireProxy;

class WorkerLoopTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration SHORT_LEASE = Duration.ofSeconds(1);

    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void twoWorkersRunEachOfAThousandJobsOnce() {
        Map<UUID, String> runs = new ConcurrentHashMap<>();
        Map<String, UUID> busy = new ConcurrentHashMap<>();
        List<UUID> jobs = submit(1_000, 9);

        try (RunningWorker _ = thousandJobsWorker("ada", runs, busy);
                RunningWorker _ = thousandJobsWorker("grace", runs, busy)) {
            eventually(
                    Duration.ofSeconds(60),
                    () ->
                            BENCH.service()
                                    .value("select count(*) from job where state <> 'SUCCEEDED'"),
                    "0"::equals);
        }

        assertThat(runs.keySet()).containsExactlyInAnyOrderElementsOf(jobs);
        assertThat(runs.values()).contains("ada", "grace").doesNotContain("more than once");
        assertThat(BENCH.service().value("select max(attempt) from job")).isEqualTo("1");
    }

    private static RunningWorker thousandJobsWorker(
            String name, Map<UUID, String> runs, Map<String, UUID> busy) {
        return RunningWorker.start(
                BENCH,
                name,
                new WrittenHandler(attempt -> {
                    String target = attempt.job().job().target();
                    runs.merge(attempt.jobId(), name, (_, _) -> "more than once");
                    if (busy.putIfAbsent(target, attempt.jobId()) != null) {
                        throw new IllegalStateException("two writers of " + target);
                    }
                    busy.remove(target);
                    attempt.succeed(_ -> QueueBench.result());
                }));
    }

    @Test
    void cancelEndsABlockedHandlerLongBeforeTheNextHeartbeat() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler = blockedUntilStopped();
        try (RunningWorker _ = RunningWorker.start(BENCH, "ada", handler)) {
            eventually(SOON, handler::calls, calls -> !calls.isEmpty());
            awaitListening();
            long asked = System.nanoTime();

            BENCH.cancel(id, "ci-token");

            await(id, JobState.CANCELLED);
            assertThat(Duration.ofNanos(System.nanoTime() - asked))
                    .isLessThan(Heartbeats.interval(QueueBench.LEASE).dividedBy(2));
        }
    }

    @Test
    void queuedJobStartsLongBeforeTheWorkerWouldLookAgain() {
        try (RunningWorker _ = RunningWorker.start(BENCH, "ada", succeeding())) {
            awaitListening();
            for (int i = 0; i < 5; i++) {
                Job ended = await(BENCH.submit("lifeos"), JobState.SUCCEEDED);
                assertThat(ended.worker()).isEqualTo("ada");
            }
        }
        String quickest =
                BENCH.service()
                        .value(
                                "select min(extract(epoch from started_at - created_at)) < 0.5 from job");
        assertThat(quickest).isEqualTo("true");
    }

    @Test
    void closedWorkerHasHandedItsJobsBackAndAnotherOneEndsThem() {
        UUID id = BENCH.submit("lifeos");
        RunningWorker ada = RunningWorker.start(BENCH, "ada", blockedUntilStopped());
        await(id, JobState.RUNNING);
        long begun = System.nanoTime();

        ada.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(BENCH.job(id).attempt()).isZero();
        assertThat(registered()).isEmpty();
        try (RunningWorker _ = RunningWorker.start(BENCH, "grace", succeeding())) {
            assertThat(await(id, JobState.SUCCEEDED).attempt()).isEqualTo(1);
        }
    }

    @Test
    void runningWorkerIsRegisteredAndAlive() {
        try (RunningWorker _ = RunningWorker.start(BENCH, "ada", succeeding())) {
            WorkerRegister.Worker worker =
                    eventually(SOON, WorkerLoopTest::registered, workers -> !workers.isEmpty())
                            .getFirst();
            assertThat(worker.name()).isEqualTo("ada");
            assertThat(worker.concurrency()).isEqualTo(4);
            assertThat(worker.alive()).isTrue();
        }
    }

    @Test
    void jobOfALostWorkerIsCleanedUpAndRunAgain() {
        UUID id = BENCH.submit("lifeos");
        claim(BENCH.queue("lost"));
        BENCH.expireLease(id);
        WrittenHandler handler = succeeding();

        try (RunningWorker _ = RunningWorker.start(BENCH, "ada", SHORT_LEASE, handler)) {
            assertThat(await(id, JobState.SUCCEEDED).attempt()).isEqualTo(2);
        }
        assertThat(handler.calls()).containsExactly("cleanUp", "run 2");
    }

    @Test
    void heartbeatsKeepTheLeaseOfAJobThatOutlastsIt() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                new WrittenHandler(attempt -> {
                    Instant end = BENCH.queue("clock").now().plus(SHORT_LEASE.multipliedBy(2));
                    eventually(SOON, BENCH.queue("clock")::now, now -> now.isAfter(end));
                    attempt.succeed(_ -> QueueBench.result());
                });

        try (RunningWorker _ = RunningWorker.start(BENCH, "ada", SHORT_LEASE, handler);
                RunningWorker _ = RunningWorker.start(BENCH, "grace", SHORT_LEASE, handler)) {
            assertThat(await(id, JobState.SUCCEEDED).attempt()).isEqualTo(1);
        }
        assertThat(handler.calls()).containsExactly("run 1");
    }

    @Test
    void lostLeaseStopsABlockedHandlerAndNothingIsWritten() {
        UUID id = BENCH.submit("lifeos");
        CountDownLatch stopped = new CountDownLatch(1);
        WrittenHandler handler =
                new WrittenHandler(attempt -> {
                    waitUntilStopped(attempt);
                    stopped.countDown();
                    attempt.checkpoint();
                });
        try (RunningWorker _ = RunningWorker.start(BENCH, "ada", SHORT_LEASE, handler)) {
            await(id, JobState.RUNNING);

            BENCH.stealLease(id);
            String stolen = BENCH.row(id);

            waitFor(stopped);
            assertThat(BENCH.row(id)).isEqualTo(stolen);
        }
        assertThat(handler.calls()).containsExactly("run 1");
    }

    @Test
    void failedAttemptIsFollowedByAnotherOne() {
        UUID id = BENCH.submit("lifeos");
        WrittenHandler handler =
                new WrittenHandler(attempt -> {
                    if (attempt.lease().attempt() < 3) {
                        throw new ProblemException(ProblemCode.TARGET_UNREACHABLE, "refused");
                    }
                    attempt.succeed(_ -> QueueBench.result());
                });

        try (RunningWorker _ = RunningWorker.start(BENCH, "ada", handler)) {
            await(id, JobState.SUCCEEDED);
        }
        assertThat(handler.calls()).containsExactly("run 1", "run 2", "run 3");
    }

    @Test
    void jobThatThisVersionCannotReadFailsAndIsNotTheLastOneThatIsClaimed() {
        UUID lost = BENCH.submit("lost");
        claim(BENCH.queue("lost"));
        BENCH.expireLease(lost);
        BENCH.database().update("update job set request = '{}' where id = ?", lost);
        List<String> requests =
                List.of(
                        "{\"targetName\": \"newer\", \"kind\": \"weekly\"}",
                        "{}",
                        "null",
                        "[1]",
                        "{\"targetName\": \"another\"}");
        for (String request : requests) {
            UUID unreadable = BENCH.submit("newer");
            BENCH.database()
                    .update("update job set request = ?::jsonb where id = ?", request, unreadable);
        }

        try (RunningWorker _ = RunningWorker.start(BENCH, "ada", SHORT_LEASE, succeeding())) {
            await(BENCH.submit("newer"), JobState.SUCCEEDED);
            assertThat(await(lost, JobState.FAILED).failure().code())
                    .isEqualTo(ProblemCode.INTERNAL_WORKER_ERROR.code());
        }
        assertThat(
                        BENCH.service()
                                .value(
                                        "select count(*) from job where state = 'FAILED' and failure->>'detail' like '%cannot read the request%'"))
                .isEqualTo("6");
    }

    @Test
    void workerStopsInTimeThoughItsDatabaseIsABlackHole() throws Exception {
        try (WireProxy proxy = WireProxy.to(PostgresServer.shared());
                QueueBench bench = QueueBench.create()) {
            ServiceDatabaseSettings direct = bench.service().settings();
            ServiceDatabaseSettings throughProxy =
                    new ServiceDatabaseSettings(
                            proxy.host(),
                            proxy.port(),
                            direct.name(),
                            direct.user(),
                            direct.password());
            RunningWorker worker = RunningWorker.start(throughProxy, "ada", blockedUntilStopped());
            eventually(SOON, worker::isReady, ready -> ready);
            proxy.stall();
            long begun = System.nanoTime();

            worker.close();

            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void readinessIsThatOfNowThoughAllHandsAreBusy() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of());
                QueueBench bench = QueueBench.on(server);
                RunningWorker worker =
                        RunningWorker.start(bench, "ada", SHORT_LEASE, blockedUntilStopped())) {
            for (int i = 0; i < 4; i++) {
                bench.submitShared("lifeos");
            }
            eventually(
                    SOON,
                    () -> bench.service().value("select count(*) from job where state = 'RUNNING'"),
                    "4"::equals);
            assertThat(worker.isReady()).isTrue();

            server.stopImmediately();

            eventually(SOON, worker::isReady, ready -> !ready);
            server.startAgain();
        }
    }

    @Test
    void workerWithALongLeaseGivesASignOfLifeAllTheSame() {
        try (RunningWorker _ =
                RunningWorker.start(BENCH, "ada", Duration.ofHours(1), succeeding())) {
            eventually(SOON, WorkerLoopTest::registered, workers -> !workers.isEmpty());
            Instant first = registered().getFirst().lastSeenAt();
            eventually(
                    Duration.ofSeconds(25),
                    () -> registered().getFirst().lastSeenAt(),
                    seen -> seen.isAfter(first));
        }
    }

    @Test
    void jobEndsWellThroughARestartOfTheServiceDatabase() throws Exception {
        CountDownLatch workDone = new CountDownLatch(1);
        WrittenHandler handler =
                new WrittenHandler(attempt -> {
                    waitFor(workDone);
                    attempt.succeed(_ -> QueueBench.result());
                });
        try (PostgresServer server = PostgresServer.start(Map.of("synchronous_commit", "on"));
                QueueBench bench = QueueBench.on(server);
                RunningWorker worker = RunningWorker.start(bench, "ada", handler)) {
            UUID id = bench.submit("lifeos");
            eventually(SOON, () -> bench.job(id).state(), JobState.RUNNING::equals);

            server.stopImmediately();
            workDone.countDown();
            eventually(SOON, worker::isReady, ready -> !ready);
            server.startAgain();

            eventually(SOON, () -> bench.job(id).state(), JobState.SUCCEEDED::equals);
            UUID next = bench.submit("lifeos");
            eventually(SOON, () -> bench.job(next).state(), JobState.SUCCEEDED::equals);
            assertThat(worker.isReady()).isTrue();
            assertThat(bench.job(id).attempt()).isEqualTo(1);
        }
    }

    private static WrittenHandler succeeding() {
        return new WrittenHandler(attempt -> attempt.succeed(_ -> QueueBench.result()));
    }

    private static WrittenHandler blockedUntilStopped() {
        return new WrittenHandler(attempt -> {
            waitUntilStopped(attempt);
            attempt.checkpoint();
        });
    }

    private static void waitUntilStopped(Attempt attempt) {
        CountDownLatch stopped = new CountDownLatch(1);
        try (Attempt.Registration _ = attempt.onStop(stopped::countDown)) {
            waitFor(stopped);
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The last thing that a worker subscribes to is what it is told of cancels by. */
    private static void awaitListening() {
        eventually(
                SOON,
                () ->
                        BENCH.service()
                                .value(
                                        "select count(*) from pg_stat_activity where datname = current_database() and query = 'listen job_cancel'"),
                "1"::equals);
    }

    private static Job await(UUID id, JobState state) {
        return eventually(SOON, () -> BENCH.job(id), job -> job.state() == state);
    }

    private static List<WorkerRegister.Worker> registered() {
        return new WorkerRegister(BENCH.database()).list();
    }

    private static List<UUID> submit(int jobs, int targets) {
        return BENCH.database()
                .inTransaction(session ->
                        IntStream.range(0, jobs)
                                .mapToObj(i -> QueueBench.submission("target-" + i % targets))
                                .map(submission -> BENCH.jobs().submit(session, submission).id())
                                .toList());
    }
}
