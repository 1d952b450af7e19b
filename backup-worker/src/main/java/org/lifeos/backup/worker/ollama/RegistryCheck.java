package org.lifeos.backup.worker.ollama;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.lifeos.backup.worker.job.Attempt;

/**
 * Asks the public registry which models it does not hold, while they still exist: one that was made
 * from a file carries no sign of that. Asked only where {@code OLLAMA_REGISTRY_URL} is set, because
 * the names leave the machine. A registry that does not answer says nothing about any model.
 */
final class RegistryCheck {
    private static final int NOT_FOUND = 404;

    private final URI registry;
    private final OllamaLimits limits;
    private final Attempt attempt;

    /**
     * @param registry null where nobody is to be asked
     */
    RegistryCheck(URI registry, OllamaLimits limits, Attempt attempt) {
        this.registry = registry;
        this.limits = limits;
        this.attempt = attempt;
    }

    /** The same models, those marked as made here that the registry says it does not hold. */
    List<ListedModel> marked(List<ListedModel> models) {
        if (registry == null) {
            return models;
        }
        List<ListedModel> marked = new ArrayList<>(models);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(limits.connect())
                        .executor(threads)
                        .build();
        try (Attempt.Registration _ = attempt.onStop(client::shutdownNow)) {
            for (int i = 0; i < marked.size(); i++) {
                attempt.checkpoint();
                ListedModel model = marked.get(i);
                boolean asked =
                        !model.remote() && !model.made() && model.name().isOfTheDefaultHost();
                if (asked && !holds(client, model)) {
                    marked.set(i, model.asMade());
                }
            }
        } catch (ExecutionException | TimeoutException e) {
            attempt.checkpoint();
            attempt.log("the registry does not answer, so nothing is known of what it holds: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // to close it would wait for an answer that does not come
            client.shutdownNow();
            threads.shutdown();
        }
        return List.copyOf(marked);
    }

    private boolean holds(HttpClient client, ListedModel model)
            throws ExecutionException, TimeoutException, InterruptedException {
        URI manifest =
                URI.create(
                        "%s/v2/%s/%s/manifests/%s"
                                .formatted(
                                        registry,
                                        model.name().namespace(),
                                        model.name().model(),
                                        model.name().tag()));
        HttpRequest request =
                HttpRequest.newBuilder(manifest)
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build();
        int status =
                client.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                        .get(
                                limits.connect().plus(limits.version()).toMillis(),
                                TimeUnit.MILLISECONDS)
                        .statusCode();
        return status != NOT_FOUND;
    }
}
