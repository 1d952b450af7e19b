package org.lifeos.backup.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lifeos.backup.testing.QueueBench.claim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
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

class JobsTest {
    private static final IdempotencyKey KEY =
            new IdempotencyKey("ci-token", "POST", "/api/v1/backups", "key-1", "hash");

    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final Jobs jobs = BENCH.jobs();

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void submittedJobIsQueuedAsItWasAskedFor() {
        Submission submission = QueueBench.submission("lifeos");

        Job job = BENCH.database().inTransaction(session -> jobs.submit(session, submission));

        assertThat(jobs.find(submission.id())).contains(job);
        assertThat(job.state()).isEqualTo(JobState.QUEUED);
        assertThat(job.type()).isEqualTo(JobType.POSTGRES_BACKUP);
        assertThat(job.target()).isEqualTo("lifeos");
        assertThat(job.requestedBy()).isEqualTo("ci-token");
        assertThat(job.reason()).isEqualTo("a reason");
        assertThat(job.attempt()).isZero();
        assertThat(job.maxAttempts()).isEqualTo(Jobs.MAX_ATTEMPTS);
        assertThat(job.createdAt()).isNotNull();
        assertThat(jobs.find(UUID.randomUUID())).isEmpty();
    }

    @Test
    void sixtyCallsAtOnceWithOneKeyMakeOneJob() throws Exception {
        int calls = 60;
        CyclicBarrier allTogether = new CyclicBarrier(calls);
        Set<UUID> answers = new HashSet<>();
        try (ExecutorService callers = Executors.newFixedThreadPool(calls)) {
            List<Future<Job>> answering = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                answering.add(
                        callers.submit(() -> {
                            allTogether.await(10, TimeUnit.SECONDS);
                            return submitOnce(KEY);
                        }));
            }
            for (Future<Job> answer : answering) {
                answers.add(answer.get(30, TimeUnit.SECONDS).id());
            }
        }

        assertThat(answers).hasSize(1);
        assertThat(page(query(null, null, null, null, 100))).containsExactlyElementsOf(answers);
    }

    @Test
    void laterCallWithTheKeyGetsTheJobAsItIsNow() {
        Job first = submitOnce(KEY);
        claim(BENCH.queue("ada"));

        Job again = submitOnce(KEY);

        assertThat(again.id()).isEqualTo(first.id());
        assertThat(again.state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    void keyWithAnotherBodyIsRefusedAndMakesNoJob() {
        Job first = submitOnce(KEY);
        IdempotencyKey otherBody =
                new IdempotencyKey(KEY.token(), KEY.method(), KEY.path(), KEY.key(), "other hash");

        ProblemException refusal =
                catchThrowableOfType(ProblemException.class, () -> submitOnce(otherBody));

        assertThat(refusal.code()).isEqualTo(ProblemCode.IDEMPOTENCY_KEY_REUSED);
        assertThat(refusal.detail()).contains("key-1", first.id().toString());
        assertThat(page(query(null, null, null, null, 100))).containsExactly(first.id());
        assertThat(submitOnce(KEY).id()).isEqualTo(first.id());
    }

    @Test
    void otherTokenMethodPathOrKeyIsAnotherCall() {
        Set<UUID> made = new HashSet<>();
        made.add(submitOnce(KEY).id());
        made.add(submitOnce(new IdempotencyKey("x", "POST", KEY.path(), KEY.key(), "hash")).id());
        made.add(
                submitOnce(new IdempotencyKey("ci-token", "PUT", KEY.path(), KEY.key(), "hash"))
                        .id());
        made.add(submitOnce(new IdempotencyKey("ci-token", "POST", "/x", KEY.key(), "hash")).id());
        made.add(submitOnce(new IdempotencyKey("ci-token", "POST", KEY.path(), "x", "hash")).id());

        assertThat(made).hasSize(5);
    }

    @Test
    void keyIsFreeAgainAfterADay() {
        Job first = submitOnce(KEY);
        setKeysBack("23 hours 59 minutes");
        assertThat(submitOnce(KEY).id()).isEqualTo(first.id());

        setKeysBack("24 hours 1 second");
        IdempotencyKey otherBody =
                new IdempotencyKey(KEY.token(), KEY.method(), KEY.path(), KEY.key(), "other hash");
        Job second = submitOnce(otherBody);

        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(submitOnce(otherBody).id()).as("kept anew").isEqualTo(second.id());
    }

    @Test
    void onlyOldKeysAreForgotten() {
        submitOnce(KEY);
        setKeysBack("24 hours 1 second");
        submitOnce(new IdempotencyKey("ci-token", "POST", KEY.path(), "young", "hash"));

        jobs.forgetOldKeys();

        assertThat(BENCH.service().value("select string_agg(key, ',') from idempotency_key"))
                .isEqualTo("young");
    }

    @Test
    void callThatThrowsLeavesItsKeyFree() {
        assertThatThrownBy(() ->
                        BENCH.database()
                                .inTransaction(session ->
                                        jobs.once(
                                                session,
                                                KEY,
                                                UUID.randomUUID(),
                                                () -> {
                                                    jobs.submit(
                                                            session, QueueBench.submission("x"));
                                                    throw new IllegalStateException("no");
                                                })))
                .hasMessage("no");
        assertThat(page(query(null, null, null, null, 100))).isEmpty();

        Job job = submitOnce(KEY);

        assertThat(page(query(null, null, null, null, 100))).containsExactly(job.id());
    }

    @Test
    void listIsFilteredByTypeStateAndTarget() {
        UUID done = BENCH.submit("lifeos");
        BENCH.queue("ada").succeed(claim(BENCH.queue("ada")).lease(), _ -> QueueBench.result());
        UUID queued = BENCH.submit("lifeos");
        UUID other = BENCH.submit("app");

        assertThat(page(query(null, null, null, null, 9))).containsExactly(other, queued, done);
        assertThat(page(query(null, null, "lifeos", null, 9))).containsExactly(queued, done);
        assertThat(page(query(null, JobState.QUEUED, null, null, 9)))
                .containsExactly(other, queued);
        assertThat(page(query(JobType.POSTGRES_BACKUP, JobState.SUCCEEDED, "lifeos", null, 9)))
                .containsExactly(done);
        assertThat(page(query(JobType.RETENTION, null, null, null, 9))).isEmpty();
        assertThat(page(query(null, null, "lif", null, 9))).isEmpty();
    }

    @Test
    void pagesFollowEachOtherWithoutGapWhateverIsSubmittedMeanwhile() {
        List<UUID> newestFirst = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            newestFirst.addFirst(BENCH.submit("lifeos"));
        }

        List<Jobs.Positioned> first = jobs.list(query(null, null, null, null, 2));
        BENCH.submit("lifeos");
        long end = first.getLast().position();
        List<Jobs.Positioned> second = jobs.list(query(null, null, null, end, 2));
        List<Jobs.Positioned> third =
                jobs.list(query(null, null, null, second.getLast().position(), 2));

        List<UUID> seen = new ArrayList<>();
        List.of(first, second, third)
                .forEach(page -> page.forEach(positioned -> seen.add(positioned.job().id())));
        assertThat(seen).isEqualTo(newestFirst);
    }

    private Job submitOnce(IdempotencyKey key) {
        Submission submission = QueueBench.submission("lifeos");
        return BENCH.database()
                .inTransaction(session ->
                        jobs.once(
                                session,
                                key,
                                submission.id(),
                                () -> jobs.submit(session, submission)));
    }

    private static void setKeysBack(String age) {
        BENCH.service()
                .execute(
                        "update idempotency_key set created_at = now() - interval '%s'"
                                .formatted(age));
    }

    private static Jobs.Query query(
            JobType type, JobState state, String target, Long before, int limit) {
        return new Jobs.Query(type, state, target, before, limit);
    }

    private List<UUID> page(Jobs.Query query) {
        return jobs.list(query).stream().map(positioned -> positioned.job().id()).toList();
    }
}
