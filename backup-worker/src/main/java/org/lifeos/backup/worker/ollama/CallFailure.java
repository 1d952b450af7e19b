package org.lifeos.backup.worker.ollama;

/** A call to Ollama that came to no whole answer. */
final class CallFailure extends Exception {
    private static final long serialVersionUID = 1L;

    enum Kind {
        /** Nothing answers at the address. */
        UNREACHABLE,
        /** The connection ended before the answer did. */
        CUT,
        /** We broke it off: it took longer than it may. */
        TOO_SLOW,
        /** We broke it off: it said more than it may. */
        TOO_LARGE
    }

    private final Kind kind;

    CallFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    CallFailure(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}
