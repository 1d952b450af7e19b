package org.lifeos.backup.api.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.testing.QueueBench;

/**
 * Two instances that look at their schedules each minute, by the clock of a real PostgreSQL, while
 * the clocks on the walls of several zones go forward and back.
 */
class ClockChangeTest {
    private static final List<String> ZONES =
            List.of(
                    "Europe/Berlin",
                    "America/New_York",
                    "America/Santiago",
                    "Australia/Lord_Howe",
                    "Asia/Beirut");
    private static final int SCHEDULES = 4;
    private static final Duration BEFORE = Duration.ofMinutes(40);
    private static final Duration AFTER = Duration.ofMinutes(130);

    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final long seed = new SplittableRandom().nextLong();
    private final SplittableRandom random = new SplittableRandom(seed);

    /** Its sessions see another time than the server's own. */
    private Database database;

    @BeforeEach
    void takeTheClock() {
        BENCH.service()
                .execute(
                        """
                        create schema if not exists clock;
                        create table if not exists clock.face (shows timestamptz);
                        delete from clock.face;
                        insert into clock.face values (pg_catalog.now());
                        create or replace function clock.now() returns timestamptz stable language sql
                            as 'select shows from clock.face';
                        do $$ begin
                            execute format('alter database %I set search_path = clock, pg_catalog, public', current_database());
                        end $$
                        """);
        database = BENCH.service().newDatabase();
    }

    private void setClock(Instant time) {
        database.update("update clock.face set shows = ?", time);
    }

    @Test
    void eachTimeIsDueOnceWhenClocksChange() {
        System.out.println("seed of the schedules: " + seed);
        Instant today = Instant.now();
        int changes = 0;
        int fired = 0;
        for (String zone : ZONES) {
            Instant after = today;
            for (int i = 0; i < 2; i++) {
                ZoneOffsetTransition change = ZoneId.of(zone).getRules().nextTransition(after);
                fired += runs(ZoneId.of(zone), change.getInstant());
                changes++;
                after = change.getInstant();
            }
        }
        System.out.printf(
                "ClockChangeTest: %d changes of the clock, %d schedules each, %d runs, each once%n",
                changes, SCHEDULES, fired);
        assertThat(fired).isGreaterThan(changes * SCHEDULES);
    }

    private int runs(ZoneId zone, Instant change) {
        Instant from = change.minus(BEFORE);
        Instant until = change.plus(AFTER);
        List<List<Instant>> wanted = new ArrayList<>();
        setClock(from);
        for (int i = 0; i < SCHEDULES; i++) {
            NaiveCron cron = dueBetween(zone, from, until);
            put("s" + i, cron.text(), zone);
            wanted.add(dueTimes(cron, zone, from, until));
        }
        database.update("update schedule set effective_from = ?", from);
        List<FireDueSchedules> instances = List.of(instance(), instance());
        for (Instant minute = from; !minute.isAfter(until); minute = minute.plusSeconds(60)) {
            setClock(minute);
            instances.forEach(FireDueSchedules::run);
        }
        List<List<Instant>> fired =
                IntStream.range(0, SCHEDULES).mapToObj(i -> firedTimes("s" + i)).toList();
        assertThat(fired).as("seed %d, %s, change at %s", seed, zone, change).isEqualTo(wanted);
        BENCH.service().clear();
        return fired.stream().mapToInt(List::size).sum();
    }

    private NaiveCron dueBetween(ZoneId zone, Instant from, Instant until) {
        while (true) {
            NaiveCron cron = NaiveCron.random(random);
            if (!dueTimes(cron, zone, from, until).isEmpty()) {
                return cron;
            }
        }
    }

    private static List<Instant> dueTimes(
            NaiveCron cron, ZoneId zone, Instant from, Instant until) {
        return DueTimesPropertyTest.watched(cron, zone, from).stream()
                .filter(due -> !due.isAfter(until))
                .toList();
    }

    private List<Instant> firedTimes(String name) {
        return database.list(
                "select due_at from schedule_run where schedule = ? order by due_at",
                row -> row.instant("due_at"),
                name);
    }

    private void put(String name, String cron, ZoneId zone) {
        Schedules.Change change =
                new Schedules.Change(
                        cron,
                        zone.getId(),
                        "postgres-backup",
                        JsonNodeFactory.instance.objectNode(),
                        true,
                        86_400);
        database.inTransaction(session -> Schedules.put(session, name, change));
    }

    private FireDueSchedules instance() {
        return new FireDueSchedules(
                database,
                new Schedules(database),
                new Jobs(database),
                schedule ->
                        new ScheduledWork(
                                QueueBench.backupOf(schedule.name()), null, Role.OPERATOR),
                ZoneOffset.UTC);
    }
}
