package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import org.lifeos.backup.config.Environment;

/**
 * How long each phase of talking to Ollama may take, and how much it may say. The defaults are
 * those that its own behaviour asks for: it retries by itself for about four minutes, and says
 * nothing while it verifies.
 *
 * @param connect until a connection is there
 * @param version until it has said its version
 * @param list until it has listed its models
 * @param listBytes that it may take for that
 * @param firstLine of a pull, until it comes
 * @param pullingManifest until a pull begins to download
 * @param silence while it downloads
 * @param stall while it downloads, and says so, and no byte comes
 * @param verify at least, for verifying and writing what was downloaded
 * @param verifyBytesPerSecond that a slow disk verifies
 * @param lineBytes that a line of a pull may take
 */
public record OllamaLimits(
        Duration connect,
        Duration version,
        Duration list,
        int listBytes,
        Duration firstLine,
        Duration pullingManifest,
        Duration silence,
        Duration stall,
        Duration verify,
        long verifyBytesPerSecond,
        int lineBytes) {
    private static final int LONGEST_SECONDS = 86_400;

    static OllamaLimits of(Environment environment) {
        return new OllamaLimits(
                seconds(environment, "OLLAMA_CONNECT_SECONDS", 5),
                seconds(environment, "OLLAMA_VERSION_SECONDS", 5),
                seconds(environment, "OLLAMA_LIST_SECONDS", 60),
                environment.integer("OLLAMA_LIST_MAX_BYTES", 32 << 20, 1 << 10, 1 << 30),
                seconds(environment, "OLLAMA_FIRST_LINE_SECONDS", 30),
                seconds(environment, "OLLAMA_PULLING_MANIFEST_SECONDS", 180),
                seconds(environment, "OLLAMA_SILENCE_SECONDS", 60),
                seconds(environment, "OLLAMA_STALL_SECONDS", 360),
                seconds(environment, "OLLAMA_VERIFY_SECONDS", 900),
                environment.integer(
                        "OLLAMA_VERIFY_BYTES_PER_SECOND", 20_000_000, 1, Integer.MAX_VALUE),
                environment.integer("OLLAMA_LINE_MAX_BYTES", 1 << 20, 1 << 10, 64 << 20));
    }

    static Duration seconds(Environment environment, String name, int otherwise) {
        return Duration.ofSeconds(environment.integer(name, otherwise, 1, LONGEST_SECONDS));
    }

    /** How long what was downloaded may be verified and written. */
    Duration verify(long newBytes) {
        Duration atThatSpeed = Duration.ofSeconds(newBytes / verifyBytesPerSecond);
        return atThatSpeed.compareTo(verify) > 0 ? atThatSpeed : verify;
    }
}
