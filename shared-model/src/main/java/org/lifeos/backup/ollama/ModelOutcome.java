package org.lifeos.backup.ollama;

/** What a re-pull came to for one model. */
public enum ModelOutcome {
    /** It was there as it was saved, and was left alone. */
    ALREADY_EXACT(false),
    /** It was brought back as it was saved. */
    EXACT(false),
    /** It is there, but not as it was saved: the registry has another one of that name now. */
    DRIFTED(false),
    /** It runs in a cloud, and nothing of it has to be brought back. */
    SKIPPED_CLOUD(false),
    /** No registry holds it. */
    NOT_IN_REGISTRY(true),
    /** It could not be brought back; the detail tells why. */
    FAILED(true),
    /** In dry runs alone: it is not there, and a run would pull it. */
    MISSING(false);

    private final boolean failure;

    ModelOutcome(boolean failure) {
        this.failure = failure;
    }

    /** Whether somebody has to do something about it. */
    public boolean isFailure() {
        return failure;
    }
}
