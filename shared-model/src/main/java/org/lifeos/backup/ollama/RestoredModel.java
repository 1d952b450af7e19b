package org.lifeos.backup.ollama;

/**
 * One model of a re-pull.
 *
 * @param savedDigest as the manifest tells it, null where it does not
 * @param digest of what the server has now; null where it has nothing
 * @param sizeBytes of what the server has, else as it was saved
 * @param attempts how often a pull of it was asked for in this attempt of the job
 * @param detail null where there is nothing more to say
 */
public record RestoredModel(
        String model,
        ModelOutcome outcome,
        String savedDigest,
        String digest,
        long sizeBytes,
        int attempts,
        String detail) {}
