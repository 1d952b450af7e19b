package org.lifeos.backup.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lifeos.backup.testing.QueueBench.claim;
import static org.lifeos.backup.testing.QueueBench.claimedId;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.testing.QueueBench;

class JobQueueTest {
    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final JobQueue ada = BENCH.queue("ada");
    private final JobQueue grace = BENCH.queue("grace");

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @Test
    void oldestJobIsClaimedFirst() {
        UUID first = BENCH.submit("one");
        UUID second = BENCH.submit("two");
        UUID third = BENCH.submit("three");

        assertThat(claimedId(ada)).contains(first);
        assertThat(claimedId(grace)).contains(second);
        assertThat(claimedId(ada)).contains(third);
        assertThat(claimedId(ada)).isEmpty();
    }

    @Test
    void claimedJobRunsUnderALeaseOfItsOwn() {
        UUID id = BENCH.submit("lifeos");

        LeasedJob claimed = claim(ada);

        assertThat(claimed.job()).isEqualTo(BENCH.job(id));
        assertThat(claimed.job().state()).isEqualTo(JobState.RUNNING);
        assertThat(claimed.job().worker()).isEqualTo("ada");
        assertThat(claimed.job().startedAt()).isNotNull();
        assertThat(claimed.request()).isEqualTo(QueueBench.backupOf("lifeos"));
        assertThat(claimed.lease().jobId()).isEqualTo(id);
        assertThat(claimed.lease().attempt()).isEqualTo(1);
        assertThat(secondsOfLease(id)).isBetween(20.0, 30.0);
    }

    @Test
    void jobOfABusyTargetWaitsWhileAnotherTargetsJobRuns() {
        UUID running = BENCH.submit("busy");
        UUID waiting = BENCH.submit("busy");
        UUID other = BENCH.submit("free");
        LeasedJob claimed = claim(ada);
        assertThat(claimed.job().id()).isEqualTo(running);

        assertThat(claimedId(grace)).contains(other);
        assertThat(claimedId(grace)).isEmpty();

        ada.succeed(claimed.lease(), _ -> QueueBench.result());
        assertThat(claimedId(grace)).contains(waiting);
    }

    @Test
    void jobsWithoutAnExclusiveKeyRunSideBySide() {
        UUID first = BENCH.submitShared("lifeos");
        UUID second = BENCH.submitShared("lifeos");

        assertThat(claimedId(ada)).contains(first);
        assertThat(claimedId(grace)).contains(second);
    }

    @Test
    void onlyJobsOfTheTypesAskedForAreClaimed() {
        UUID id = BENCH.submit("lifeos");

        assertThat(ada.claim(Set.of(JobType.RETENTION, JobType.POSTGRES_RESTORE))).isEmpty();
        assertThat(ada.claim(Set.of())).isEmpty();
        assertThat(claimedId(ada)).contains(id);
    }

    @Test
    void heartbeatProlongsTheLease() {
        UUID id = BENCH.submit("lifeos");
        LeasedJob claimed = claim(ada);
        BENCH.expireLease(id);

        assertThat(ada.heartbeat(claimed.lease())).isEqualTo(JobQueue.Heartbeat.ALIVE);
        assertThat(secondsOfLease(id)).isBetween(20.0, 30.0);
        assertThat(grace.reap(EnumSet.allOf(JobType.class))).isEmpty();
    }

    @Test
    void reportedProgressIsSeenByThoseWhoWait() {
        UUID id = BENCH.submit("lifeos");
        Progress progress = new Progress("dump", 10, 20L, 50, "half of it");

        assertThat(ada.report(claim(ada).lease(), progress)).isTrue();
        assertThat(BENCH.job(id).progress()).isEqualTo(progress);
    }

    @Test
    void retriedJobIsOfferedAfterItsDelayAndAYoungerOneGoesFirst() {
        UUID retried = BENCH.submit("lifeos");
        UUID younger = BENCH.submit("lifeos");
        Failure failure = Failure.of(ProblemCode.TARGET_UNREACHABLE, "db: refused");

        assertThat(ada.retry(claim(ada).lease(), failure, Duration.ofHours(1))).isTrue();

        assertThat(BENCH.job(retried).state()).isEqualTo(JobState.QUEUED);
        assertThat(BENCH.job(retried).progress().message())
                .contains("target-unreachable", "3600.0 s", "db: refused");
        assertThat(secondsUntilAvailable(retried)).isBetween(3_590.0, 3_600.0);
        LeasedJob meanwhile = claim(ada);
        assertThat(meanwhile.job().id()).isEqualTo(younger);
        ada.succeed(meanwhile.lease(), _ -> QueueBench.result());
        assertThat(claimedId(ada)).isEmpty();

        BENCH.service().execute("update job set available_at = now() where state = 'QUEUED'");
        LeasedJob again = claim(grace);
        assertThat(again.job().id()).isEqualTo(retried);
        assertThat(again.job().attempt()).isEqualTo(2);
    }

    @Test
    void jobRetriedAtOnceKeepsItsPlaceBeforeYoungerOnesOfItsTarget() {
        UUID retried = BENCH.submit("lifeos");
        BENCH.submit("lifeos");

        ada.retry(claim(ada).lease(), Failure.of(ProblemCode.DUMP_KILLED, "x"), Duration.ZERO);

        assertThat(claimedId(ada)).contains(retried);
    }

    @Test
    void jobHandedBackIsOfferedAtOnceAndTheAttemptDoesNotCount() {
        UUID id = BENCH.submit("lifeos");
        LeasedJob first = claim(ada);

        assertThat(ada.handBack(first.lease())).isTrue();

        assertThat(BENCH.job(id).attempt()).isZero();
        LeasedJob second = claim(grace);
        assertThat(second.job().id()).isEqualTo(id);
        assertThat(second.job().attempt()).isEqualTo(1);
        assertThat(second.lease().attempt()).as("no attempt before had it").isEqualTo(2);
        assertThat(second.lease().token()).isNotEqualTo(first.lease().token());
    }

    @Test
    void jobOfferedForAdoptionIsOfferedAtOnceAndTheAttemptDoesNotCount() {
        UUID id = BENCH.submit("lifeos");

        assertThat(ada.offerForAdoption(claim(ada).lease())).isTrue();

        assertThat(BENCH.job(id).attempt()).isZero();
        assertThat(claim(grace).lease().attempt()).as("no attempt before had it").isEqualTo(2);
    }

    @Test
    void failedJobKeepsItsFailureAndThePartOfItsResult() {
        UUID id = BENCH.submit("lifeos");
        Failure failure = Failure.of(ProblemCode.DISK_FULL, "no room");
        BackupResult partial = QueueBench.result();

        assertThat(ada.fail(claim(ada).lease(), failure, partial, () -> {})).isTrue();

        Job job = BENCH.job(id);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.failure()).isEqualTo(failure);
        assertThat(job.result()).isEqualTo(partial);
        assertThat(job.finishedAt()).isNotNull();
        assertThat(claimedId(ada)).isEmpty();
    }

    @Test
    void twoUnfinishedJobsNeverReserveTheSameFile() throws Exception {
        BENCH.submit("one");
        BENCH.submit("two");
        LeasedJob first = claim(ada);
        LeasedJob second = claim(grace);

        assertThat(ada.reserve(first.lease(), "a.sql.gz")).isTrue();
        assertThat(grace.reserve(second.lease(), "a.sql.gz")).isFalse();
        assertThat(grace.reserve(second.lease(), "b.sql.gz")).isTrue();

        ada.succeed(first.lease(), _ -> QueueBench.result());
        assertThat(grace.reserve(second.lease(), "a.sql.gz")).isTrue();
        grace.handBack(second.lease());
        assertThat(claim(grace).file()).isEqualTo("a.sql.gz");
    }

    @Test
    void onlyTheAttemptThatRunsMayBeAtWork() {
        UUID id = BENCH.submit("lifeos");
        assertThat(ada.mayBeAtWork(id, 1)).isFalse();
        LeasedJob claimed = claim(ada);
        BENCH.expireLease(id);

        assertThat(grace.mayBeAtWork(id, 1)).isTrue();
        assertThat(grace.mayBeAtWork(id, 2)).isFalse();
        assertThat(grace.mayBeAtWork(UUID.randomUUID(), 1)).isFalse();

        ada.succeed(claimed.lease(), _ -> QueueBench.result());
        assertThat(grace.mayBeAtWork(id, 1)).isFalse();
    }

    @Test
    void successIsWrittenTogetherWithWhatItPublishes() {
        UUID id = BENCH.submit("lifeos");
        BackupResult result = QueueBench.result();

        assertThat(
                        ada.succeed(
                                claim(ada).lease(),
                                session -> {
                                    session.update(
                                            "insert into job_log (job_id, attempt, text) values (?, 1, 'published')",
                                            id);
                                    return result;
                                }))
                .isEqualTo(JobQueue.Publish.DONE);

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(BENCH.job(id).result()).isEqualTo(result);
        assertThat(new JobLog(BENCH.database()).lines(id)).hasSize(1);
    }

    @Test
    void publishThatThrowsLeavesNothingWritten() {
        UUID id = BENCH.submit("lifeos");
        LeasedJob claimed = claim(ada);
        String before = BENCH.row(id);

        assertThatThrownBy(() ->
                        ada.succeed(
                                claimed.lease(),
                                session -> {
                                    session.update(
                                            "insert into job_log (job_id, attempt, text) values (?, 1, 'published')",
                                            id);
                                    throw new IllegalStateException("no space");
                                }))
                .hasMessage("no space");

        assertThat(BENCH.row(id)).isEqualTo(before);
        assertThat(new JobLog(BENCH.database()).lines(id)).isEqualTo(List.of());
        assertThat(ada.heartbeat(claimed.lease())).isEqualTo(JobQueue.Heartbeat.ALIVE);
    }

    private static double secondsOfLease(UUID id) {
        return seconds("lease_until", id);
    }

    private static double secondsUntilAvailable(UUID id) {
        return seconds("available_at", id);
    }

    private static double seconds(String until, UUID id) {
        return Double.parseDouble(
                BENCH.service()
                        .value(
                                "select extract(epoch from %s - now()) from job where id = '%s'"
                                        .formatted(until, id)));
    }
}
