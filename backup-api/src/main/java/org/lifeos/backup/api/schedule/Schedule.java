package org.lifeos.backup.api.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;

/**
 * What happens by itself, and when.
 *
 * @param zone the name of a time zone; null for the service's
 * @param type the code of a job type
 * @param parameters the body of the job's own POST
 * @param effectiveFrom since when it is as it is; nothing that was due before counts as missed
 * @param lastDueAt the due time that it was last fired for
 */
record Schedule(
        String name,
        String cron,
        String zone,
        String type,
        JsonNode parameters,
        boolean enabled,
        Duration catchUp,
        Instant createdAt,
        Instant effectiveFrom,
        Instant lastDueAt,
        Instant lastFireAt,
        UUID lastJobId) {
    /** A run that is not later than this is not missed but a little late. */
    private static final Duration PUNCTUAL = Duration.ofMinutes(1);

    ZoneId zoneOr(ZoneId service) {
        return zone == null ? service : ZoneId.of(zone);
    }

    private DueTimes times(ZoneId service) {
        return new DueTimes(CronExpression.parse(cron), zoneOr(service));
    }

    /** When it comes next; empty when it is disabled, or its date never comes. */
    Optional<Instant> next(ZoneId service, Instant now) {
        return enabled ? times(service).next(now) : Optional.empty();
    }

    /**
     * The due time that is to be fired now, if there is one: the last one since it was changed or
     * fired. Those before it are made up for by it.
     */
    Optional<Instant> due(ZoneId service, Instant now) {
        if (!enabled) {
            return Optional.empty();
        }
        Duration patience = catchUp.compareTo(PUNCTUAL) > 0 ? catchUp : PUNCTUAL;
        Instant after = latest(now.minus(patience), effectiveFrom);
        return times(service).latest(lastDueAt == null ? after : latest(after, lastDueAt), now);
    }

    /** The last due time up to {@code until} that nobody answered, however long ago it was. */
    Optional<Instant> missed(ZoneId service, Instant until) {
        Instant after = lastDueAt == null ? effectiveFrom : latest(effectiveFrom, lastDueAt);
        return enabled && until.isAfter(after)
                ? times(service).latest(after, until)
                : Optional.empty();
    }

    /** The longest time between two of its next runs; empty when there are not two. */
    Optional<Duration> longestInterval(ZoneId service, Instant now, int runs) {
        Duration longest = null;
        Optional<Instant> run = next(service, now);
        for (int i = 1; i < runs && run.isPresent(); i++) {
            Optional<Instant> following = times(service).next(run.get());
            if (following.isPresent()) {
                Duration between = Duration.between(run.get(), following.get());
                longest = longest == null || between.compareTo(longest) > 0 ? between : longest;
            }
            run = following;
        }
        return Optional.ofNullable(longest);
    }

    private static Instant latest(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
