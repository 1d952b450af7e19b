package org.lifeos.backup.api.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random expressions around the days on which clocks jump, against somebody who looks at the clock
 * on the wall every minute and never looks back.
 */
class DueTimesPropertyTest {
    private static final int ROUNDS = 800;
    private static final Duration WATCHED = Duration.ofDays(3);
    private static final List<ZoneId> ZONES =
            List.of(
                            "Europe/Berlin",
                            "America/New_York",
                            "Australia/Lord_Howe",
                            "America/Sao_Paulo",
                            "Asia/Beirut",
                            "Pacific/Apia",
                            "Africa/Casablanca",
                            "UTC")
                    .stream()
                    .map(ZoneId::of)
                    .toList();

    private final long seed = new SplittableRandom().nextLong();
    private final SplittableRandom random = new SplittableRandom(seed);

    @Test
    void dueTimesAreThoseThatSomebodyAtTheClockWouldTell() {
        System.out.println("seed of the expressions: " + seed);
        int due = 0;
        for (int i = 0; i < ROUNDS; i++) {
            NaiveCron cron = NaiveCron.random(random);
            ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
            Instant from = someTimeAround(zone);
            List<Instant> wanted = watched(cron, zone, from);

            assertThat(told(cron, zone, from))
                    .as("seed %d, round %d: %s in %s from %s", seed, i, cron.text(), zone, from)
                    .isEqualTo(wanted);
            Instant until = from.plus(WATCHED);
            assertThat(times(cron, zone).latest(from, until))
                    .as("seed %d, round %d: %s in %s until %s", seed, i, cron.text(), zone, until)
                    .isEqualTo(wanted.isEmpty() ? Optional.empty() : Optional.of(wanted.getLast()));
            due += wanted.size();
        }
        assertThat(due).as("seed %d", seed).isGreaterThan(ROUNDS);
    }

    /** Mostly a day and a half before a jump. */
    private Instant someTimeAround(ZoneId zone) {
        Instant somewhere =
                Instant.parse("2005-01-01T00:00:00Z")
                        .plus(Duration.ofHours(random.nextInt(24 * 365 * 21)));
        ZoneOffsetTransition jump = zone.getRules().nextTransition(somewhere);
        Instant begin =
                jump == null || random.nextInt(8) == 0
                        ? somewhere
                        : jump.getInstant().minus(Duration.ofMinutes(random.nextInt(36 * 60)));
        return begin.truncatedTo(ChronoUnit.MINUTES).plusSeconds(random.nextInt(3) * 20L);
    }

    private static List<Instant> told(NaiveCron cron, ZoneId zone, Instant from) {
        DueTimes times = times(cron, zone);
        List<Instant> told = new ArrayList<>();
        Optional<Instant> next = times.next(from);
        while (next.isPresent() && !next.get().isAfter(from.plus(WATCHED))) {
            told.add(next.get());
            next = times.next(next.get());
        }
        return told;
    }

    private static DueTimes times(NaiveCron cron, ZoneId zone) {
        return new DueTimes(CronExpression.parse(cron.text()), zone);
    }

    /** Each minute that the clock shows for the first time, or has jumped over, may be due. */
    static List<Instant> watched(NaiveCron cron, ZoneId zone, Instant from) {
        // begun long before, so that no overlap is met in its middle
        Instant minute = from.minus(Duration.ofDays(2)).truncatedTo(ChronoUnit.MINUTES);
        LocalDateTime seen = LocalDateTime.ofInstant(minute, zone);
        List<Instant> due = new ArrayList<>();
        while (!minute.isAfter(from.plus(WATCHED))) {
            LocalDateTime shown = LocalDateTime.ofInstant(minute, zone);
            boolean matches = false;
            while (seen.isBefore(shown)) {
                seen = seen.plusMinutes(1);
                matches |= cron.matches(seen);
            }
            if (matches && minute.isAfter(from)) {
                due.add(minute);
            }
            minute = minute.plusSeconds(60);
        }
        return due;
    }
}
