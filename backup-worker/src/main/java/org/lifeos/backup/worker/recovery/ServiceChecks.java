package org.lifeos.backup.worker.recovery;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.lifeos.backup.worker.job.Attempt;

/** Asks services whether they are well; one that just starts gets a while. */
final class ServiceChecks implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Attempt attempt;
    private final HttpClient client;
    private final Attempt.Registration stopping;

    ServiceChecks(Attempt attempt) {
        this.attempt = attempt;
        this.client =
                HttpClient.newBuilder()
                        .connectTimeout(ANSWER_TIMEOUT)
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
        this.stopping = attempt.onStop(client::shutdownNow);
    }

    /**
     * @return what is wrong with it; empty when it answered with a success
     */
    Optional<String> problemOf(URI service) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<String> problem = ask(service);
            attempt.checkpoint();
            if (problem.isEmpty() || System.nanoTime() > end) {
                return problem;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private Optional<String> ask(URI service) {
        HttpRequest request = HttpRequest.newBuilder(service).timeout(ANSWER_TIMEOUT).build();
        try {
            // the limit is for the head alone, so the body, which may never end, is not waited for
            HttpResponse<InputStream> answer =
                    client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            answer.body().close();
            int status = answer.statusCode();
            return status / 100 == 2 ? Optional.empty() : Optional.of("answers with " + status);
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return Optional.of("does not answer: " + why);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("was not asked to the end");
        }
    }

    @Override
    public void close() {
        stopping.close();
        client.shutdownNow();
    }
}
