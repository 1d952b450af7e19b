package org.lifeos.backup.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.lifeos.backup.testing.QueueBench.claim;
import static org.lifeos.backup.testing.QueueBench.claimedId;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.QueueBench;

class JobQueueRaceTest {
    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final JobQueue ada = BENCH.queue("ada");
    private final JobQueue grace = BENCH.queue("grace");

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void twoClaimersTakeEachOfAThousandJobsOnce() throws Exception {
        List<UUID> submitted = submit(1_000, 100);
        BENCH.service().execute("update job set exclusive_key = null");

        Queue<Job> claimed = new ConcurrentLinkedQueue<>();
        race(queue ->
                () -> {
                    Optional<LeasedJob> job = queue.claim(QueueBench.BACKUPS);
                    job.map(LeasedJob::job).ifPresent(claimed::add);
                    return job.isPresent();
                });

        assertThat(claimed.stream().map(Job::id)).containsExactlyInAnyOrderElementsOf(submitted);
        assertThat(claimed.stream().map(Job::worker)).contains("ada", "grace");
    }

    @Test
    void twoClaimersRunEachTargetsJobsOneByOneOldestFirst() throws Exception {
        int targets = 7;
        List<UUID> submitted = submit(1_000, targets);

        Map<String, Queue<UUID>> order = new ConcurrentHashMap<>();
        Map<String, UUID> running = new ConcurrentHashMap<>();
        race(queue ->
                () -> {
                    Optional<LeasedJob> job = queue.claim(QueueBench.BACKUPS);
                    job.ifPresent(one -> run(queue, one, order, running));
                    return job.isPresent() || stateCount(JobState.SUCCEEDED) < 1_000;
                });

        for (int target = 0; target < targets; target++) {
            int nr = target;
            List<UUID> oldestFirst =
                    IntStream.range(0, submitted.size())
                            .filter(i -> i % targets == nr)
                            .mapToObj(submitted::get)
                            .toList();
            assertThat(order.get("target-" + nr)).containsExactlyElementsOf(oldestFirst);
        }
    }

    private static void run(
            JobQueue queue,
            LeasedJob job,
            Map<String, Queue<UUID>> order,
            Map<String, UUID> running) {
        String target = job.job().target();
        UUID id = job.job().id();
        assertThat(running.putIfAbsent(target, id)).as("already running on " + target).isNull();
        order.computeIfAbsent(target, _ -> new ConcurrentLinkedQueue<>()).add(id);
        running.remove(target);
        assertThat(queue.succeed(job.lease(), _ -> QueueBench.result()))
                .isEqualTo(JobQueue.Publish.DONE);
    }

    @Test
    void twoReapersTakeEachExpiredLeaseOnce() throws Exception {
        List<UUID> lost = submit(100, 100);
        for (UUID _ : lost) {
            claim(ada);
        }
        BENCH.service().execute("update job set lease_until = now() - interval '1 second'");

        Queue<UUID> reaped = new ConcurrentLinkedQueue<>();
        race(queue ->
                () -> {
                    Optional<LeasedJob> job = queue.reap(EnumSet.allOf(JobType.class));
                    job.ifPresent(one -> reaped.add(one.job().id()));
                    return job.isPresent();
                });

        assertThat(reaped).containsExactlyInAnyOrderElementsOf(lost);
    }

    @Test
    void claimPassesOverAJobThatAnotherWorkerIsJustTaking() throws Exception {
        UUID first = BENCH.submit("one");
        UUID second = BENCH.submit("two");
        try (Connection other = BENCH.service().settings().connect("other worker");
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select 1 from job where id = '%s' for update".formatted(first));

            assertThat(threads.submit(() -> claimedId(ada)).get(10, TimeUnit.SECONDS))
                    .contains(second);
        }
    }

    @Test
    void uniqueIndexStopsASecondWriterThatTheClaimCouldNotSee() throws Exception {
        UUID first = BENCH.submit("lifeos");
        UUID second = BENCH.submit("lifeos");
        try (Connection other = startedUncommitted(first, second)) {
            Future<Optional<UUID>> claim = threads.submit(() -> claimedId(ada));
            awaitOneWaitingSession();
            assertThat(claim.isDone()).isFalse();

            other.commit();

            assertThat(claim.get(10, TimeUnit.SECONDS)).isEmpty();
        }
        assertThat(BENCH.job(first).state()).isEqualTo(JobState.RUNNING);
        assertThat(BENCH.job(second).state()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void claimGoesThroughWhenTheOtherWriterThoughtBetterOfIt() throws Exception {
        UUID first = BENCH.submit("lifeos");
        UUID second = BENCH.submit("lifeos");
        try (Connection other = startedUncommitted(first, second)) {
            Future<Optional<UUID>> claim = threads.submit(() -> claimedId(ada));
            awaitOneWaitingSession();

            other.rollback();

            assertThat(claim.get(10, TimeUnit.SECONDS)).contains(second);
        }
    }

    /**
     * The moment in which two writers of a target pass each other unseen: the first one's delay is
     * not over for a claim that looks now, and another worker has started it without a commit yet.
     */
    private static Connection startedUncommitted(UUID first, UUID second) throws SQLException {
        BENCH.service()
                .execute(
                        "update job set available_at = now() + interval '1 hour' where id = '%s'"
                                .formatted(first));
        Connection other = BENCH.service().settings().connect("other worker");
        other.setAutoCommit(false);
        try (Statement statement = other.createStatement()) {
            statement.execute(
                    "update job set state = 'RUNNING', lease_token = gen_random_uuid(), lease_until = now() + interval '1 hour' where id = '%s'"
                            .formatted(first));
        }
        assertThat(BENCH.job(second).state()).isEqualTo(JobState.QUEUED);
        return other;
    }

    private static void awaitOneWaitingSession() {
        await().until(() -> BENCH.service().waitingSessions() == 1);
    }

    private static List<UUID> submit(int jobs, int targets) {
        return BENCH.database()
                .inTransaction(session ->
                        IntStream.range(0, jobs)
                                .mapToObj(i -> QueueBench.submission("target-" + i % targets))
                                .map(submission -> BENCH.jobs().submit(session, submission).id())
                                .toList());
    }

    private static long stateCount(JobState state) {
        return Long.parseLong(
                BENCH.service().value("select count(*) from job where state = '" + state + "'"));
    }

    /** Two hands of each of two workers do their step again and again while it answers true. */
    private void race(Function<JobQueue, Callable<Boolean>> work) throws Exception {
        List<Future<?>> hands = new ArrayList<>();
        for (JobQueue queue : List.of(ada, grace, ada, grace)) {
            Callable<Boolean> step = work.apply(queue);
            hands.add(
                    threads.submit(() -> {
                        while (!Thread.currentThread().isInterrupted() && step.call()) {
                            // again
                        }
                        return null;
                    }));
        }
        for (Future<?> hand : hands) {
            hand.get(60, TimeUnit.SECONDS);
        }
    }
}
