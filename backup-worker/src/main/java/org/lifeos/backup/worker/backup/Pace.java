package org.lifeos.backup.worker.backup;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps a stream from flowing faster than so many bytes a second, so that the server has time for
 * others: pg_dump waits while nobody reads what it writes.
 *
 * @param bytesPerSecond 0 for as fast as it can
 */
record Pace(long bytesPerSecond) {
    static final Pace UNBOUNDED = new Pace(0);

    /** A stop is heard after this long. */
    private static final long LONGEST_PAUSE_NANOS = Duration.ofMillis(200).toNanos();

    /**
     * Waits until so many bytes may have passed.
     *
     * @param bytes since the beginning
     * @param begunNanos by {@link System#nanoTime}
     * @param checkpoint called again and again; what it throws ends the wait
     */
    void await(long bytes, long begunNanos, Runnable checkpoint) {
        if (bytesPerSecond == 0) {
            return;
        }
        long dueNanos = (long) (1e9 * bytes / bytesPerSecond);
        long ahead;
        while ((ahead = dueNanos - (System.nanoTime() - begunNanos)) > 0) {
            checkpoint.run();
            LockSupport.parkNanos(Math.min(ahead, LONGEST_PAUSE_NANOS));
        }
    }
}
