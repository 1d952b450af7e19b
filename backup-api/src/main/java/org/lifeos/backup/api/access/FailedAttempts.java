package org.lifeos.backup.api.access;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts wrong tokens by address, as a bucket that fills with each and empties with time. A valid
 * token is never held up: it is known before anybody asks here, because behind Docker all callers
 * share an address.
 */
final class FailedAttempts {
    private static final int MOST = 60;
    private static final Duration ONE_IS_FORGOTTEN_AFTER = Duration.ofSeconds(1);
    private static final int ADDRESSES = 10_000;

    private final InstantSource clock;
    private final Map<String, Bucket> buckets =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
                    return size() > ADDRESSES;
                }
            };

    FailedAttempts(InstantSource clock) {
        this.clock = clock;
    }

    private record Bucket(double level, long atMillis) {
        Bucket at(long millis) {
            double forgotten = (double) (millis - atMillis) / ONE_IS_FORGOTTEN_AFTER.toMillis();
            return new Bucket(Math.max(0, level - Math.max(0, forgotten)), millis);
        }
    }

    /** Counts one more; true when it is one too many. */
    synchronized boolean isOneTooMany(String address) {
        Bucket bucket =
                buckets.getOrDefault(address, new Bucket(0, clock.millis())).at(clock.millis());
        boolean tooMany = bucket.level() + 1 > MOST;
        buckets.put(address, tooMany ? bucket : new Bucket(bucket.level() + 1, bucket.atMillis()));
        return tooMany;
    }

    /** Seconds until one more is let through. */
    long retryAfterSeconds() {
        return ONE_IS_FORGOTTEN_AFTER.toSeconds();
    }
}
