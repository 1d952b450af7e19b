package org.lifeos.backup.api.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The days on which clocks jump, by example. */
class DueTimesTest {

    @ParameterizedTest(name = "{0} in {1} after {2} is due at {3}")
    @CsvSource({
        // 02:00 to 03:00 is skipped
        "30 2 * * *, Europe/Berlin, 2026-03-28T12:00:00Z, 2026-03-29T01:00:00Z",
        "30 2 * * *, Europe/Berlin, 2026-03-29T01:00:00Z, 2026-03-30T00:30:00Z",
        "0 3 * * *, Europe/Berlin, 2026-03-28T12:00:00Z, 2026-03-29T01:00:00Z",
        "30 2 * * *, America/New_York, 2026-03-07T12:00:00Z, 2026-03-08T07:00:00Z",
        // 02:00 to 02:30 is skipped
        "15 2 * * *, Australia/Lord_Howe, 2026-10-03T12:00:00Z, 2026-10-03T15:30:00Z",
        "45 2 * * *, Australia/Lord_Howe, 2026-10-03T12:00:00Z, 2026-10-03T15:45:00Z",
        // midnight to 01:00 is skipped
        "0 0 * * *, America/Sao_Paulo, 2018-11-03T12:00:00Z, 2018-11-04T03:00:00Z",
        "59 0 * * *, America/Sao_Paulo, 2018-11-03T12:00:00Z, 2018-11-04T03:00:00Z",
        // a whole day is skipped
        "0 3 30 12 *, Pacific/Apia, 2011-12-29T12:00:00Z, 2011-12-30T10:00:00Z",
        // 02:00 to 03:00 comes twice
        "30 2 * * *, Europe/Berlin, 2026-10-24T12:00:00Z, 2026-10-25T00:30:00Z",
        "30 2 * * *, Europe/Berlin, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
        "30 2 * * *, Europe/Berlin, 2026-10-25T01:15:00Z, 2026-10-26T01:30:00Z",
        "30 1 * * *, America/New_York, 2026-10-31T12:00:00Z, 2026-11-01T05:30:00Z",
        "30 1 * * *, America/New_York, 2026-11-01T05:30:00Z, 2026-11-02T06:30:00Z",
        // 01:30 to 02:00 comes twice
        "45 1 * * *, Australia/Lord_Howe, 2026-04-04T12:00:00Z, 2026-04-04T14:45:00Z",
        "45 1 * * *, Australia/Lord_Howe, 2026-04-04T14:45:00Z, 2026-04-05T15:15:00Z",
        // 23:00 to midnight comes twice
        "30 23 * * *, America/Sao_Paulo, 2018-02-17T12:00:00Z, 2018-02-18T01:30:00Z",
        "30 23 * * *, America/Sao_Paulo, 2018-02-18T01:30:00Z, 2018-02-19T02:30:00Z",
        // every hour: the repeated one is due once, the skipped one together with the next
        "0 * * * *, Europe/Berlin, 2026-10-25T00:00:00Z, 2026-10-25T02:00:00Z",
        "0 * * * *, Europe/Berlin, 2026-03-29T00:00:00Z, 2026-03-29T01:00:00Z",
        "0 * * * *, Europe/Berlin, 2026-03-29T01:00:00Z, 2026-03-29T02:00:00Z",
        // no jump
        "0 3 * * *, UTC, 2026-03-29T02:59:59.999Z, 2026-03-29T03:00:00Z",
        "0 3 * * *, UTC, 2026-03-29T03:00:00Z, 2026-03-30T03:00:00Z",
        "0 3 29 2 *, UTC, 2026-03-29T03:00:00Z, 2028-02-29T03:00:00Z",
    })
    void nextDueTimeIsThatOfTheClockOnTheWall(
            String cron, String zone, Instant after, Instant due) {
        assertThat(times(cron, zone).next(after)).contains(due);
    }

    @Test
    void skippedTimesAreDueOnceTogether() {
        DueTimes times = times("*/20 2 * * *", "Europe/Berlin");

        assertThat(all(times, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"))
                .containsExactly(
                        "2026-03-29T01:00:00Z",
                        "2026-03-30T00:00:00Z",
                        "2026-03-30T00:20:00Z",
                        "2026-03-30T00:40:00Z");
    }

    @Test
    void timesThatComeTwiceAreDueTheFirstTime() {
        DueTimes times = times("*/20 2 * * *", "Europe/Berlin");

        assertThat(all(times, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"))
                .containsExactly(
                        "2026-10-25T00:00:00Z", "2026-10-25T00:20:00Z", "2026-10-25T00:40:00Z");
    }

    @Test
    void latestIsTheLastOneUpToAnInstant() {
        DueTimes times = times("30 2 * * *", "Europe/Berlin");
        Instant lastWeek = Instant.parse("2026-10-18T12:00:00Z");

        // while 02:00 to 03:00 comes for the second time
        assertThat(times.latest(lastWeek, Instant.parse("2026-10-25T01:10:00Z")))
                .contains(Instant.parse("2026-10-25T00:30:00Z"));
        assertThat(times.latest(lastWeek, Instant.parse("2026-10-25T00:30:00Z")))
                .contains(Instant.parse("2026-10-25T00:30:00Z"));
        assertThat(times.latest(lastWeek, Instant.parse("2026-10-25T00:29:59Z")))
                .contains(Instant.parse("2026-10-24T00:30:00Z"));
        assertThat(
                        times.latest(
                                Instant.parse("2026-10-25T00:30:00Z"),
                                Instant.parse("2026-10-25T23:00:00Z")))
                .isEmpty();
        assertThat(
                        times("0 0 1 1 *", "UTC")
                                .latest(Instant.EPOCH, Instant.parse("2026-10-25T00:00:00Z")))
                .contains(Instant.parse("2026-01-01T00:00:00Z"));
    }

    @Test
    void dateThatNeverComesIsNeverDue() {
        assertThat(times("0 0 30 2 *", "UTC").next(Instant.EPOCH)).isEmpty();
        assertThat(times("0 0 30 2 *", "UTC").latest(Instant.EPOCH, Instant.EPOCH.plusSeconds(9)))
                .isEmpty();
    }

    private static List<String> all(DueTimes times, String from, String until) {
        List<String> found = new ArrayList<>();
        Optional<Instant> next = times.next(Instant.parse(from));
        while (next.isPresent() && next.get().isBefore(Instant.parse(until))) {
            found.add(next.get().toString());
            next = times.next(next.get());
        }
        return found;
    }

    private static DueTimes times(String cron, String zone) {
        return new DueTimes(CronExpression.parse(cron), ZoneId.of(zone));
    }
}
