package org.lifeos.backup.api.request;

import io.quarkus.vertx.http.runtime.filters.Filters;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/** The requests that are not answered yet. */
@ApplicationScoped
public class OpenRequests {
    private static final int BEFORE_EVERYTHING = 12_000;

    private final Object change = new Object();
    private int open;

    void install(@Observes Filters filters) {
        filters.register(
                context -> {
                    count(1);
                    context.addEndHandler(_ -> count(-1));
                    context.next();
                },
                BEFORE_EVERYTHING);
    }

    private void count(int more) {
        synchronized (change) {
            open += more;
            change.notifyAll();
        }
    }

    /** Returns when all are answered, or the time is over. */
    public void awaitAnswered(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (change) {
            for (long left = atMost.toMillis();
                    open > 0 && left > 0;
                    left = Duration.ofNanos(end - System.nanoTime()).toMillis()) {
                try {
                    change.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }
}
