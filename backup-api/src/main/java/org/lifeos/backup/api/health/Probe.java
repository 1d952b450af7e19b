package org.lifeos.backup.api.health;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks at something that may hang, a disk or a database, for a limited time. A look that hangs
 * keeps its thread, because nothing ends a read that the kernel does not answer; so only a few may.
 */
final class Probe<T> {
    private static final int MAY_HANG = 4;

    private final String subject;
    private final Duration limit;
    private final Callable<T> look;
    private final Semaphore free = new Semaphore(MAY_HANG);

    /**
     * @param subject as sentences name it: {@code the backup folder}
     */
    Probe(String subject, Duration limit, Callable<T> look) {
        this.subject = subject;
        this.limit = limit;
        this.look = look;
    }

    /** Begins to look; the other looks need not wait for it. */
    Pending<T> begin() {
        CompletableFuture<T> result = new CompletableFuture<>();
        // a thread of the system: a virtual one would hang together with its carrier
        Thread.ofPlatform().daemon().name("health-probe").start(() -> run(result));
        return new Pending<>(subject, System.nanoTime() + limit.toNanos(), limit, result);
    }

    private void run(CompletableFuture<T> result) {
        try {
            if (!free.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        try {
            result.complete(look.call());
        } catch (Throwable e) {
            result.completeExceptionally(e);
        } finally {
            free.release();
        }
    }

    /** A look under way. */
    record Pending<T>(String subject, long deadline, Duration limit, CompletableFuture<T> result) {

        Look<T> await() {
            try {
                long left = Math.max(0, deadline - System.nanoTime());
                return Look.at(result.get(left, TimeUnit.NANOSECONDS));
            } catch (TimeoutException e) {
                return Look.failed(
                        "%s has not answered within %d s.".formatted(subject, limit.toSeconds()));
            } catch (ExecutionException e) {
                return Look.failed("%s: %s".formatted(subject, said(e.getCause())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Look.failed(subject + " was not waited for: the service stops.");
            }
        }

        /** The first line: the others are about the statement. */
        private static String said(Throwable cause) {
            String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
            return "%s: %s".formatted(cause.getClass().getSimpleName(), message);
        }
    }
}
