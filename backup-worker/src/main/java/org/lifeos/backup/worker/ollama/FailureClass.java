package org.lifeos.backup.worker.ollama;

import org.lifeos.backup.problem.ProblemCode;

/**
 * What can go wrong with a pull, by what follows from it.
 *
 * <p>Those without a number of their own are tried again as often as is configured, and bytes
 * gained begin the count anew.
 */
enum FailureClass {
    /** May succeed when it is simply tried again. */
    TRANSIENT(Integer.MAX_VALUE, null),
    /** We broke the pull off, or somebody else's is ending: the server needs a while. */
    ABORTED(Integer.MAX_VALUE, null),
    /** Ollama does not answer any more. */
    SERVER_AWAY(Integer.MAX_VALUE, null),
    /** Ollama does not reach its registry. */
    REGISTRY_UNREACHABLE(Integer.MAX_VALUE, null),
    RATE_LIMITED(Integer.MAX_VALUE, null),
    /** The registry has no such model; it may be mistaken once. */
    NOT_IN_REGISTRY(1, null),
    /** The registry refuses; it does so in outages too. */
    REFUSED(1, null),
    /** What the server has of the download is damaged. */
    PARTIAL_CORRUPT(2, null),
    DIGEST_MISMATCH(2, null),
    BLOB_MISSING(2, null),
    /** What came is no answer of Ollama. */
    GARBLED(2, null),
    /** No use in trying this model again. */
    PERMANENT(0, null),
    /** Somebody between Ollama and the registry, or between us and Ollama, answers instead. */
    CONFIGURATION(1, ProblemCode.OLLAMA_REGISTRY_UNREACHABLE),
    DISK_FULL(0, ProblemCode.DISK_FULL),
    STORE(0, ProblemCode.OLLAMA_STORE_FAILED);

    private final int retries;
    private final ProblemCode stopsRunWith;

    FailureClass(int retries, ProblemCode stopsRunWith) {
        this.retries = retries;
        this.stopsRunWith = stopsRunWith;
    }

    boolean hasBudget() {
        return retries == Integer.MAX_VALUE;
    }

    /** How often it may happen again to one model, where there is no budget. */
    int retries() {
        return retries;
    }

    /**
     * With which problem the whole run ends, because other models would fare the same; else null.
     */
    ProblemCode stopsRunWith() {
        return stopsRunWith;
    }
}
