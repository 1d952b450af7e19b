package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import java.util.function.Supplier;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;

/** Bears with a server that goes away in the middle of a run, as for a restart. */
final class ServerWatch {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final OllamaServer server;
    private final Attempt attempt;
    private final Duration patience;

    ServerWatch(OllamaServer server, Attempt attempt, Duration patience) {
        this.server = server;
        this.attempt = attempt;
        this.patience = patience;
    }

    /**
     * The models that the server has, as soon as it says so.
     *
     * @throws ProblemException when it does not for longer than our patience
     */
    ModelList list() {
        return patiently(() -> {
            server.version();
            return server.list();
        });
    }

    private <T> T patiently(Supplier<T> question) {
        long end = System.nanoTime() + patience.toNanos();
        boolean logged = false;
        while (true) {
            attempt.checkpoint();
            try {
                return question.get();
            } catch (ProblemException e) {
                attempt.checkpoint();
                boolean passes =
                        e.code() == ProblemCode.OLLAMA_UNREACHABLE
                                || e.code() == ProblemCode.OLLAMA_FAILED;
                if (!passes || System.nanoTime() - end > 0) {
                    throw e;
                }
                if (!logged) {
                    attempt.log("waiting for Ollama: " + e.detail());
                    logged = true;
                }
                Pause.of(LOOK_AGAIN, attempt);
            }
        }
    }
}
