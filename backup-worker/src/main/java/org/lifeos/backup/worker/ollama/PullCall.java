package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.lifeos.backup.ollama.ModelName;

/** One pull of one model, from its request to its last line. */
final class PullCall {
    /** A server may still write down what it has, after it said success. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private static final int PIECE_BYTES = 16 << 10;

    private final OllamaServer server;
    private final Consumer<PullWatch> news;
    private final PullWatch watch;

    /**
     * @param news told after each line; must not wait for anything, or the server's own threads
     *     would hang
     */
    PullCall(OllamaServer server, Consumer<PullWatch> news) {
        this.server = server;
        this.news = news;
        this.watch = new PullWatch(server.limits(), System.nanoTime());
    }

    /**
     * How a pull ended.
     *
     * @param failure null when the server said success
     * @param completed the most bytes that were there at once
     */
    record End(PullFailure failure, long completed) {}

    End run(ModelName name) {
        return new End(pulled(name), watch.completed());
    }

    private PullFailure pulled(ModelName name) {
        Duration limit = server.limits().firstLine();
        try (Exchange exchange = server.pull(name, limit, watch.reproach())) {
            return exchange.status() == 200 ? read(exchange) : OllamaServer.refusal(exchange);
        } catch (CallFailure e) {
            return new PullFailure(
                    switch (e.kind()) {
                        case UNREACHABLE -> FailureClass.SERVER_AWAY;
                        case CUT -> FailureClass.TRANSIENT;
                        case TOO_SLOW -> FailureClass.ABORTED;
                        case TOO_LARGE -> FailureClass.GARBLED;
                    },
                    ServerText.of(e.getMessage()));
        }
    }

    private PullFailure read(Exchange exchange) throws CallFailure {
        LineReader lines = new LineReader(exchange, server.limits().lineBytes());
        Optional<String> line = lines.next();
        while (line.isPresent()) {
            if (!line.get().isBlank()) {
                Optional<PullEvent> event = PullEvent.of(line.get());
                if (event.isEmpty()) {
                    return new PullFailure(
                            FailureClass.GARBLED,
                            "a line of the pull is not Ollama's: " + ServerText.of(line.get()));
                }
                if (event.get().error() != null) {
                    return PullErrors.of(event.get().error());
                }
                saw(event.get(), exchange);
                if (event.get().isSuccess()) {
                    drain(exchange);
                    return null;
                }
            }
            line = lines.next();
        }
        return lastWords(lines.rest());
    }

    private void saw(PullEvent event, Exchange exchange) {
        watch.saw(event, System.nanoTime());
        exchange.until(watch.deadline(), watch.reproach());
        news.accept(watch);
    }

    /** Some servers say their last words without a line end; a piece of a line says nothing. */
    private static PullFailure lastWords(String rest) {
        Optional<PullEvent> event = PullEvent.of(rest);
        if (event.isPresent() && event.get().error() != null) {
            return PullErrors.of(event.get().error());
        }
        return event.isPresent() && event.get().isSuccess()
                ? null
                : new PullFailure(
                        FailureClass.TRANSIENT, "the pull ended before Ollama said success");
    }

    private static void drain(Exchange exchange) {
        exchange.until(System.nanoTime() + LAST_WORDS.toNanos(), "the end of the pull");
        byte[] piece = new byte[PIECE_BYTES];
        try {
            int count = exchange.read(piece);
            while (count >= 0) {
                count = exchange.read(piece);
            }
        } catch (CallFailure e) {
            // it has said success, and the list of models will tell
            return;
        }
    }
}
