package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Asks an API ten times a second, each time in a new connection, whether it is alive. */
final class LivenessWatch implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final URI live;
    private final List<String> misses = new ArrayList<>();
    private final Thread client;
    private volatile boolean over;
    private int answers;
    private long slowestMs;

    LivenessWatch(Stack.Service api) {
        this.live = URI.create(api.url() + "/q/health/live");
        this.client = Thread.ofPlatform().daemon().start(this::ask);
    }

    private void ask() {
        while (!over) {
            long start = System.nanoTime();
            try (HttpClient fresh = HttpClient.newBuilder().connectTimeout(LIMIT).build()) {
                HttpRequest request = HttpRequest.newBuilder(live).timeout(LIMIT).build();
                int status = fresh.send(request, BodyHandlers.discarding()).statusCode();
                hear(start, status == 200 ? "" : "status " + status);
            } catch (IOException e) {
                hear(start, e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private synchronized void hear(long start, String miss) {
        long ms = Duration.ofNanos(System.nanoTime() - start).toMillis();
        answers++;
        slowestMs = Math.max(slowestMs, ms);
        if (!miss.isEmpty()) {
            misses.add("%s after %d ms".formatted(miss, ms));
        }
    }

    /** Ends the watch; every question was answered with 200 within two seconds. */
    void answeredAlways(String what) {
        close();
        assertThat(misses).as("%s: liveness, asked %d times", what, answers).isEmpty();
        assertThat(answers).as(what).isPositive();
    }

    /** The longest time that an answer took. */
    synchronized long slowestMs() {
        return slowestMs;
    }

    @Override
    public void close() {
        over = true;
        try {
            client.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
