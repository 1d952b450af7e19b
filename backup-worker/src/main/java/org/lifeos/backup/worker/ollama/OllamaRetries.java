package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import org.lifeos.backup.config.Environment;

/**
 * How often and how soon a failed pull is tried again.
 *
 * <p>No delay at all is allowed where a server can bear it.
 *
 * @param retries in a row without a new byte
 * @param mostRetries of one model, whatever they gained
 * @param delay before the first retry; twice as long before each one after it
 * @param longestDelay that this comes to
 * @param afterAbort at least, after a pull that we broke off: the server may still be ending it
 * @param recheck before a model that the registry did not know is asked for once more
 * @param rateLimit at least, after the registry said that it was asked too often
 * @param longestRateLimit that this comes to
 * @param serverPatience for a server that went away in the middle of a run
 * @param unreachableModels that in a row could not reach the registry, before the run stops
 */
public record OllamaRetries(
        int retries,
        int mostRetries,
        Duration delay,
        Duration longestDelay,
        Duration afterAbort,
        Duration recheck,
        Duration rateLimit,
        Duration longestRateLimit,
        Duration serverPatience,
        int unreachableModels) {
    private static final int LONGEST_SECONDS = 86_400;

    static OllamaRetries of(Environment environment) {
        return new OllamaRetries(
                environment.integer("OLLAMA_RETRIES", 5, 0, 1000),
                environment.integer("OLLAMA_RETRIES_MAX", 50, 0, 10_000),
                seconds(environment, "OLLAMA_RETRY_DELAY_SECONDS", 5),
                seconds(environment, "OLLAMA_RETRY_DELAY_MAX_SECONDS", 300),
                seconds(environment, "OLLAMA_ABORT_DELAY_SECONDS", 35),
                seconds(environment, "OLLAMA_RECHECK_SECONDS", 30),
                seconds(environment, "OLLAMA_RATE_LIMIT_SECONDS", 60),
                seconds(environment, "OLLAMA_RATE_LIMIT_MAX_SECONDS", 900),
                seconds(environment, "OLLAMA_SERVER_SECONDS", 300),
                environment.integer("OLLAMA_UNREACHABLE_MODELS", 3, 1, 1000));
    }

    private static Duration seconds(Environment environment, String name, int otherwise) {
        return Duration.ofSeconds(environment.integer(name, otherwise, 0, LONGEST_SECONDS));
    }
}
