package org.lifeos.backup.api.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.testing.QueueBench;

/** Firing on a real PostgreSQL, whose clock is the only one. */
class FireDueSchedulesTest {
    private static final String EVERY_MINUTE = "* * * * *";
    private static final String NEVER_SOON = "0 0 29 2 *";

    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final Schedules schedules = new Schedules(BENCH.database());

    @BeforeEach
    void empty() {
        BENCH.service().clear();
    }

    @Test
    void twoInstancesFireEachRunOnceHoweverOftenTheyLook() throws Exception {
        int names = 10;
        for (int i = 0; i < names; i++) {
            put("s" + i, "0 * * * *", true);
        }
        // else a job that still waits would hide a second run
        BENCH.database().update("update schedule set type = 'another'");
        for (int round = 1; round <= 10; round++) {
            BENCH.database().update("delete from schedule_run");
            missed("3 hours");
            together(4, 3, () -> instance(BENCH.database()).run());

            assertThat(jobs())
                    .as("round %d", round)
                    .hasSize(round * names)
                    .allMatch(job -> job.requestedBy().startsWith("schedule:s"));
        }
        assertThat(BENCH.service().value("select count(distinct requested_by) from job"))
                .isEqualTo(Integer.toString(names));
    }

    @Test
    void instancesThatBothSawItDueStillFireItOnce() {
        put("nightly", EVERY_MINUTE, true);
        missed("3 hours");
        FireDueSchedules other = instance(BENCH.database());
        // the second one looks while the first one is in the middle
        new FireDueSchedules(
                        BENCH.database(),
                        schedules,
                        BENCH.jobs(),
                        schedule -> {
                            other.run();
                            return work(schedule);
                        },
                        ZoneOffset.UTC)
                .run();

        assertThat(jobs()).hasSize(1);
    }

    @Test
    void instanceThatDiesInTheMiddleLeavesTheRunToAnother() {
        put("nightly", EVERY_MINUTE, true);
        missed("3 hours");
        new FireDueSchedules(
                        BENCH.database(),
                        schedules,
                        new Jobs(BENCH.database()),
                        schedule -> {
                            throw new IllegalStateException("killed");
                        },
                        ZoneOffset.UTC)
                .run();
        assertThat(jobs()).isEmpty();
        assertThat(BENCH.service().value("select count(*) from schedule_run")).isEqualTo("0");

        instance(BENCH.database()).run();
        assertThat(jobs()).extracting(Job::requestedBy).containsExactly("schedule:nightly");
    }

    @Test
    void runsMissedWhileTheServiceWasDownHappenOnce() {
        put("minutely", EVERY_MINUTE, true);
        missed("5 hours");
        FireDueSchedules instance = instance(BENCH.database());
        instance.run();
        instance.run();

        assertThat(jobs()).hasSize(1);
        assertThat(
                        BENCH.service()
                                .value(
                                        "select bool_and(due_at > now() - interval '90 seconds' and due_at <= now()) from schedule_run"))
                .isEqualTo("true");
        Schedule fired = schedules.find("minutely").orElseThrow();
        assertThat(fired.lastJobId()).isEqualTo(jobs().getFirst().id());
        assertThat(fired.lastFireAt()).isEqualTo(jobs().getFirst().createdAt());
    }

    @Test
    void runThatWasMissedLongerAgoThanTheCatchUpDoesNotHappen() {
        // due once a day, just over an hour ago
        String cron =
                BENCH.service()
                        .value(
                                "select to_char(now() at time zone 'UTC' - interval '61 minutes', 'FMMI FMHH24 * * *')");
        put("daily", cron, true);
        BENCH.database().update("update schedule set catch_up_seconds = 3600");
        missed("5 hours");
        instance(BENCH.database()).run();
        assertThat(jobs()).isEmpty();

        BENCH.database().update("update schedule set catch_up_seconds = 7200");
        instance(BENCH.database()).run();
        assertThat(jobs()).hasSize(1);
    }

    @Test
    void withoutCatchUpARunThatIsAMomentLateStillHappens() {
        put("minutely", EVERY_MINUTE, true);
        BENCH.database().update("update schedule set catch_up_seconds = 0");
        missed("5 hours");
        instance(BENCH.database()).run();

        assertThat(jobs()).hasSize(1);
    }

    @Test
    void nothingBeforeItsCreationCountsAsMissed() {
        put("hourly", "0 * * * *", true);
        put("yearly", "0 0 1 1 *", true);
        instance(BENCH.database()).run();

        // unless the test runs in the first second of an hour, when it is due indeed
        assertThat(jobs()).isEmpty();
    }

    @Test
    void changedTimeDoesNotFireThePast() {
        put("nightly", NEVER_SOON, true);
        missed("3 hours");
        instance(BENCH.database()).run();
        assertThat(jobs()).isEmpty();

        put("nightly", "0 * * * *", true);
        instance(BENCH.database()).run();
        assertThat(jobs()).as("after the change").isEmpty();
    }

    @Test
    void changeOfSomethingElseLosesNoMissedRun() {
        put("nightly", EVERY_MINUTE, true);
        missed("3 hours");
        BENCH.database()
                .inTransaction(session ->
                        Schedules.put(
                                session,
                                "nightly",
                                new Schedules.Change(
                                        EVERY_MINUTE,
                                        null,
                                        "postgres-backup",
                                        JsonNodeFactory.instance.objectNode().put("label", "x"),
                                        true,
                                        7_200)));
        instance(BENCH.database()).run();

        assertThat(jobs()).hasSize(1);
    }

    @Test
    void disabledScheduleDoesNotFireAndMissesNothingWhenItIsEnabledAgain() {
        put("nightly", "0 * * * *", false);
        missed("3 hours");
        instance(BENCH.database()).run();
        assertThat(jobs()).isEmpty();

        put("nightly", "0 * * * *", true);
        instance(BENCH.database()).run();
        assertThat(jobs()).isEmpty();
    }

    @Test
    void jobThatStillWaitsStandsForTheNextRun() {
        put("nightly", EVERY_MINUTE, true);
        missed("3 hours");
        instance(BENCH.database()).run();
        BENCH.database().update("delete from schedule_run");
        missed("3 hours");
        instance(BENCH.database()).run();
        assertThat(jobs()).hasSize(1);
        assertThat(BENCH.service().value("select count(distinct job_id) from schedule_run"))
                .isEqualTo("1");

        BENCH.database().update("update job set state = 'CANCELLED', finished_at = now()");
        BENCH.database().update("delete from schedule_run");
        missed("3 hours");
        instance(BENCH.database()).run();
        assertThat(jobs())
                .extracting(Job::state)
                .containsExactly(JobState.QUEUED, JobState.CANCELLED);
    }

    @Test
    void scheduleThatCannotBeRunSaysWhyAndLeavesTheOthersAlone() {
        put("broken", EVERY_MINUTE, true);
        put("gone-zone", EVERY_MINUTE, true);
        put("nightly", EVERY_MINUTE, true);
        BENCH.database()
                .update("update schedule set zone = 'Europe/Atlantis' where name = 'gone-zone'");
        missed("3 hours");
        FireDueSchedules instance =
                new FireDueSchedules(
                        BENCH.database(),
                        schedules,
                        BENCH.jobs(),
                        schedule -> {
                            if (schedule.name().equals("broken")) {
                                throw new ProblemException(
                                        ProblemCode.UNKNOWN_TARGET, "target 'app' is not known.");
                            }
                            return work(schedule);
                        },
                        ZoneOffset.UTC);
        instance.run();
        instance.run();

        assertThat(jobs()).extracting(Job::requestedBy).containsExactly("schedule:nightly");
        assertThat(
                        BENCH.service()
                                .value(
                                        "select string_agg(problem, ';') from schedule_run where schedule = 'broken'"))
                .isEqualTo("target 'app' is not known.");
    }

    @Test
    void zoneOfTheServiceIsForSchedulesWithoutOne() {
        ZoneId service = ZoneId.of("Asia/Kathmandu");
        put("here", "30 12 * * *", true);
        put("there", "30 12 * * *", true);
        BENCH.database().update("update schedule set zone = 'UTC' where name = 'there'");
        Instant now = Instant.parse("2026-03-29T00:00:00Z");

        assertThat(schedules.find("here").orElseThrow().next(service, now))
                .contains(Instant.parse("2026-03-29T06:45:00Z"));
        assertThat(schedules.find("there").orElseThrow().next(service, now))
                .contains(Instant.parse("2026-03-29T12:30:00Z"));
    }

    @Test
    void oldRunsAreForgottenAndNotFiredAgain() {
        put("nightly", EVERY_MINUTE, true);
        missed("3 hours");
        instance(BENCH.database()).run();
        BENCH.database().update("update schedule_run set fired_at = now() - interval '91 days'");
        schedules.forgetOldRuns();

        assertThat(BENCH.service().value("select count(*) from schedule_run")).isEqualTo("0");
        assertThat(
                        schedules
                                .find("nightly")
                                .orElseThrow()
                                .due(
                                        ZoneOffset.UTC,
                                        schedules.find("nightly").orElseThrow().lastDueAt()))
                .isEmpty();
    }

    private FireDueSchedules instance(Database database) {
        return new FireDueSchedules(
                database,
                new Schedules(database),
                new Jobs(database),
                FireDueSchedulesTest::work,
                ZoneOffset.UTC);
    }

    private static ScheduledWork work(Schedule schedule) {
        return new ScheduledWork(QueueBench.backupOf(schedule.name()), null, Role.OPERATOR);
    }

    private static void put(String name, String cron, boolean enabled) {
        Schedules.Change change =
                new Schedules.Change(
                        cron,
                        null,
                        "postgres-backup",
                        JsonNodeFactory.instance.objectNode(),
                        enabled,
                        86_400);
        BENCH.database().inTransaction(session -> Schedules.put(session, name, change));
    }

    /** As if all schedules had been there for so long, and nobody had looked. */
    private static void missed(String time) {
        BENCH.database()
                .update(
                        "update schedule set effective_from = now() - ?::interval, last_due_at = null",
                        time);
    }

    private static List<Job> jobs() {
        return BENCH.jobs().list(new Jobs.Query(null, null, null, null, 1_000)).stream()
                .map(Jobs.Positioned::job)
                .toList();
    }

    private static void together(int threads, int times, Runnable look) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Future<?>> looks = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < threads; i++) {
                looks.add(
                        pool.submit(() -> {
                            start.await(10, TimeUnit.SECONDS);
                            for (int time = 0; time < times; time++) {
                                look.run();
                            }
                            return null;
                        }));
            }
        }
        for (Future<?> one : looks) {
            one.get();
        }
    }
}
