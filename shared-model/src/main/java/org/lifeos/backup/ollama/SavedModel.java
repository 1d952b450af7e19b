package org.lifeos.backup.ollama;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/**
 * A model as a manifest tells it.
 *
 * <pre>{@code
 * {"name":"llama3.2:latest","digest":"<64 hex>","size":2019393189,"modified_at":"2026-…Z","remote":false}
 * }</pre>
 *
 * @param digest of the model's manifest at the server, 64 hexadecimal digits; the first 12 of them
 *     in manifests of the old script; null where a manifest does not tell it
 * @param size in bytes; about that in manifests of the old script, 0 where it is not known
 * @param modifiedAt null where it is not known
 * @param remote whether it is a stub of a model that runs in a cloud
 * @param local whether it was made here, so that no registry is known to hold it
 * @param removedAt when a save did not find it any more; null while it is there
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SavedModel(
        @JsonProperty("name") String name,
        @JsonProperty("digest") String digest,
        @JsonProperty("size") long size,
        @JsonProperty("modified_at") Instant modifiedAt,
        @JsonProperty("remote") boolean remote,
        @JsonProperty("local") @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean local,
        @JsonProperty("removed_at") Instant removedAt) {
    /** As many digits as the list of Ollama shows. */
    public static final int SHORT_DIGEST = 12;

    public String key() {
        return ModelName.key(name);
    }

    public SavedModel removed(Instant at) {
        return new SavedModel(name, digest, size, modifiedAt, remote, local, at);
    }

    /** Whether a server's digest is the saved one, as far as that is known. */
    public boolean hasDigest(String other) {
        return digest != null
                && other != null
                && !digest.isEmpty()
                && (digest.equals(other)
                        || digest.length() == SHORT_DIGEST && other.startsWith(digest));
    }

    /** What a person should know while the model still exists; null where all is well. */
    public String warning() {
        if (remote) {
            return "runs in the cloud; only its stub is here, and a re-pull leaves it out";
        }
        if (ModelName.of(name).filter(ModelName::isLocal).isPresent()) {
            return "has the tag 'local', which servers never fetch; keep its Modelfile (ollama show --modelfile) and its source";
        }
        if (local) {
            return "was made here, and no registry is known to hold it; keep its Modelfile (ollama show --modelfile) and its source, or push it";
        }
        return size == 0 ? "has no content; remove it (ollama rm) and pull it again" : null;
    }
}
