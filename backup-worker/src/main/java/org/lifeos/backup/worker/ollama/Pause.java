package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.lifeos.backup.worker.job.Attempt;

/** Waits, but not for longer than the attempt lives. */
final class Pause {
    private Pause() {}

    static void of(Duration length, Attempt attempt) {
        CountDownLatch stopped = new CountDownLatch(1);
        try (Attempt.Registration _ = attempt.onStop(stopped::countDown)) {
            boolean _ = stopped.await(length.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        attempt.checkpoint();
    }
}
