package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Barks once when its time is over, unless it was given more or sent away before. HttpClient's own
 * time limit ends with the headers of an answer.
 */
final class Watchdog implements AutoCloseable {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Runnable bark;
    private long deadline;
    private String what;
    private boolean barked;
    private boolean gone;

    /**
     * @param what had taken too long, for the message
     */
    Watchdog(Duration first, String what, Runnable bark) {
        this.bark = bark;
        this.deadline = System.nanoTime() + first.toNanos();
        this.what = what;
        Thread.ofVirtual().name("ollama-watchdog").start(this::watch);
    }

    private void watch() {
        lock.lock();
        try {
            long left = deadline - System.nanoTime();
            while (!gone && left > 0) {
                changed.awaitNanos(left);
                left = deadline - System.nanoTime();
            }
            if (gone) {
                return;
            }
            barked = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } finally {
            lock.unlock();
        }
        bark.run();
    }

    /** Gives until a moment of {@link System#nanoTime}. */
    void until(long nanos, String whatThen) {
        lock.lock();
        try {
            boolean sooner = nanos - deadline < 0;
            deadline = nanos;
            what = whatThen;
            if (sooner) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells what took too long; null while nothing did. */
    String barkedAt() {
        lock.lock();
        try {
            return barked ? what : null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            gone = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }
}
