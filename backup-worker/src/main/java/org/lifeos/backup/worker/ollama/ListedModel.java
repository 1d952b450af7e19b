package org.lifeos.backup.worker.ollama;

import java.time.Instant;
import org.lifeos.backup.ollama.ModelName;
import org.lifeos.backup.ollama.SavedModel;

/**
 * A model as the server lists it.
 *
 * @param digest 64 hexadecimal digits
 * @param remote whether it is a stub of one that runs in a cloud
 * @param made whether it was made from another one, so that no registry is known to hold it
 */
record ListedModel(
        ModelName name,
        String digest,
        long size,
        Instant modifiedAt,
        boolean remote,
        boolean made) {

    SavedModel saved() {
        return new SavedModel(name.display(), digest, size, modifiedAt, remote, made, null);
    }

    ListedModel asMade() {
        return new ListedModel(name, digest, size, modifiedAt, remote, true);
    }

    /** What is left when somebody else answered in the registry's place. */
    boolean isHollow() {
        return size == 0 && !remote;
    }
}
