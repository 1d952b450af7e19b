package org.lifeos.backup.api.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Optional;

/**
 * The instants at which a cron expression is due in a time zone. A time that the zone skips is due
 * at the first instant after the gap; one that comes twice is due once, the first time (ADR 008).
 */
final class DueTimes {
    /**
     * How far to look back for the latest due time, in turn: frequent ones are found in the first.
     */
    private static final List<Duration> LOOKS_BACK =
            List.of(
                    Duration.ofMinutes(10),
                    Duration.ofHours(5),
                    Duration.ofDays(5),
                    Duration.ofDays(90));

    private final CronExpression cron;
    private final ZoneId zone;

    DueTimes(CronExpression cron, ZoneId zone) {
        this.cron = cron;
        this.zone = zone;
    }

    /** The first due time after an instant; empty when there is none. */
    Optional<Instant> next(Instant after) {
        Optional<LocalDateTime> local = cron.next(LocalDateTime.ofInstant(after, zone));
        // the second time of an overlap: what it shows was due before
        while (local.isPresent() && !instantOf(local.get()).isAfter(after)) {
            local = cron.next(local.get());
        }
        return local.map(this::instantOf);
    }

    /**
     * The last due time of those after {@code after} and not after {@code until}; empty when there
     * is none.
     */
    Optional<Instant> latest(Instant after, Instant until) {
        for (Duration back : LOOKS_BACK) {
            Instant from = until.minus(back);
            if (!from.isAfter(after)) {
                break;
            }
            Optional<Instant> found = lastOf(from, until);
            if (found.isPresent()) {
                return found;
            }
        }
        return lastOf(after, until);
    }

    private Optional<Instant> lastOf(Instant after, Instant until) {
        Optional<Instant> last = Optional.empty();
        Optional<Instant> next = next(after);
        while (next.isPresent() && !next.get().isAfter(until)) {
            last = next;
            next = next(next.get());
        }
        return last;
    }

    private Instant instantOf(LocalDateTime local) {
        ZoneOffsetTransition transition = zone.getRules().getTransition(local);
        if (transition != null && transition.isGap()) {
            return transition.getInstant();
        }
        return local.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
    }
}
