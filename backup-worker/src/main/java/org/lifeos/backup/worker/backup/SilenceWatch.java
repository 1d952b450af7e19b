package org.lifeos.backup.worker.backup;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Does something when a wait for a byte takes too long. Only the waits count, not the time in which
 * nobody asks.
 */
final class SilenceWatch implements AutoCloseable {
    private static final long NOT_WAITING = Long.MIN_VALUE;

    private final Duration longest;
    private final Runnable whenTooLong;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile long since = NOT_WAITING;
    private volatile boolean tooLong;

    SilenceWatch(Duration longest, Runnable whenTooLong) {
        this.longest = longest;
        this.whenTooLong = whenTooLong;
        Thread.ofVirtual().start(this::watch);
    }

    void begins() {
        since = System.nanoTime();
    }

    void ends() {
        since = NOT_WAITING;
    }

    boolean wasTooLong() {
        return tooLong;
    }

    private void watch() {
        try {
            while (!closed.await(longest.toMillis() / 20 + 1, TimeUnit.MILLISECONDS)) {
                long begun = since;
                if (begun != NOT_WAITING && System.nanoTime() - begun > longest.toNanos()) {
                    tooLong = true;
                    whenTooLong.run();
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
