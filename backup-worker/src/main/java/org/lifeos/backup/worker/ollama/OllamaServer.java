package org.lifeos.backup.worker.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.ollama.ModelName;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * An Ollama server, by its HTTP interface. {@link #close} ends all that is under way, from any
 * thread, and at once: there is no other way to cancel a pull.
 */
final class OllamaServer implements AutoCloseable {
    private static final int MOST_ERROR_BYTES = 8 << 10;

    private final OllamaSettings settings;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;

    OllamaServer(OllamaSettings settings) {
        this.settings = settings;
        this.client =
                HttpClient.newBuilder()
                        // the offer to upgrade to HTTP/2 breaks some proxies
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(settings.limits().connect())
                        .executor(threads)
                        .build();
    }

    OllamaLimits limits() {
        return settings.limits();
    }

    /**
     * @throws ProblemException when it does not answer, or is no Ollama
     */
    String version() {
        byte[] answer = get("/api/version", settings.limits().version());
        try {
            JsonNode version = Json.mapper().readTree(answer);
            if (version != null && version.path("version").isTextual()) {
                return ServerText.of(version.get("version").asText());
            }
        } catch (IOException e) {
            // said below, together with JSON of somebody else
        }
        throw foreign("/api/version", answer);
    }

    /**
     * @throws ProblemException when it does not answer, or the answer is no list of models
     */
    ModelList list() {
        byte[] answer = get("/api/tags", settings.limits().list());
        return ModelList.of(answer).orElseThrow(() -> foreign("/api/tags", answer));
    }

    private ProblemException foreign(String path, byte[] answer) {
        return new ProblemException(
                ProblemCode.OLLAMA_ANSWER_INVALID,
                "%s did not answer as Ollama does: %s"
                        .formatted(
                                settings.at(path),
                                ServerText.of(
                                        new String(
                                                answer, 0, Math.min(answer.length, 300), UTF_8))));
    }

    private byte[] get(String path, Duration limit) {
        HttpRequest request = HttpRequest.newBuilder(settings.at(path)).GET().build();
        String what = "%s took longer than %d s".formatted(path, limit.toSeconds());
        try (Exchange exchange = Exchange.of(client, request, limit, what)) {
            if (exchange.status() != 200) {
                throw refused(path, exchange);
            }
            return exchange.all(settings.limits().listBytes());
        } catch (CallFailure e) {
            throw problem(path, e);
        }
    }

    private ProblemException refused(String path, Exchange exchange) throws CallFailure {
        String said = errorOf(exchange.beginning(MOST_ERROR_BYTES));
        String sentence =
                "%s answered HTTP %d: %s"
                        .formatted(settings.at(path), exchange.status(), ServerText.of(said));
        return new ProblemException(
                exchange.status() >= 500
                        ? ProblemCode.OLLAMA_FAILED
                        : ProblemCode.OLLAMA_ANSWER_INVALID,
                sentence);
    }

    /** The words of a JSON error, or all that was said. */
    private static String errorOf(byte[] body) {
        String text = new String(body, UTF_8);
        return PullEvent.of(text).map(PullEvent::error).orElse(text);
    }

    ProblemException problem(String path, CallFailure failure) {
        ProblemCode code =
                switch (failure.kind()) {
                    case UNREACHABLE -> ProblemCode.OLLAMA_UNREACHABLE;
                    case CUT, TOO_SLOW -> ProblemCode.OLLAMA_FAILED;
                    case TOO_LARGE -> ProblemCode.OLLAMA_ANSWER_INVALID;
                };
        return new ProblemException(
                code, "%s: %s.".formatted(settings.at(path), failure.getMessage()), failure);
    }

    /** Gives a model a second name; false when the server does not do it. */
    boolean copy(ModelName from, ModelName to) {
        HttpRequest request =
                post("/api/copy", Map.of("source", from.display(), "destination", to.display()));
        Duration limit = settings.limits().list();
        try (Exchange exchange = Exchange.of(client, request, limit, "a copy took too long")) {
            return exchange.status() == 200;
        } catch (CallFailure e) {
            return false;
        }
    }

    /**
     * Begins a pull; what came back is status and body.
     *
     * @param limit until the first line
     */
    Exchange pull(ModelName name, Duration limit, String what) throws CallFailure {
        // servers before 0.1.30 know the field name alone
        HttpRequest request =
                post(
                        "/api/pull",
                        Map.of("model", name.display(), "name", name.display(), "stream", true));
        return Exchange.of(client, request, limit, what);
    }

    private HttpRequest post(String path, Map<String, Object> body) {
        return HttpRequest.newBuilder(settings.at(path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.write(body)))
                .build();
    }

    /** What a refused pull was told. */
    static PullFailure refusal(Exchange exchange) throws CallFailure {
        byte[] body = exchange.beginning(MOST_ERROR_BYTES);
        String text = new String(body, UTF_8);
        boolean json = PullEvent.of(text).map(PullEvent::error).isPresent();
        return PullErrors.ofStatus(exchange.status(), json, errorOf(body));
    }

    @Override
    public void close() {
        client.shutdownNow();
        threads.shutdown();
    }
}
