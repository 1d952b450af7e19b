package org.lifeos.backup.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for a fact, no longer than it takes. */
public final class Eventually {
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    private Eventually() {}

    /**
     * Looks again and again until what it sees is right.
     *
     * @return what it saw then
     * @throws AssertionError with what it saw last when the time is over
     */
    public static <T> T eventually(Duration limit, Supplier<T> look, Predicate<T> right) {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            T seen = look.get();
            if (right.test(seen)) {
                return seen;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("after %s still %s".formatted(limit, seen));
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
    }
}
