package org.lifeos.backup.api.ollama;

import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.ollama.SavedModel;

/**
 * The manifest as callers see it.
 *
 * @param savedAt null when the old script wrote it
 * @param rejected what stands in the place of a name and is none
 * @param kept file names of earlier manifests, newest first, that a re-pull can name
 */
@Schema(name = "OllamaManifest")
public record ManifestView(
        Instant savedAt,
        String serverVersion,
        List<Model> models,
        List<Model> removed,
        List<String> rejected,
        List<String> kept) {

    /**
     * A model that is or was there.
     *
     * @param digest 64 hexadecimal digits, 12 where the old script wrote it, null where it did not
     * @param warning what a re-pull will not bring back, and why; else null
     * @param removedAt when a save did not find it any more; else null
     */
    @Schema(name = "OllamaModel")
    public record Model(
            String name,
            String digest,
            long sizeBytes,
            Instant modifiedAt,
            boolean remote,
            boolean local,
            String warning,
            Instant removedAt) {

        static Model of(SavedModel model) {
            return new Model(
                    model.name(),
                    model.digest(),
                    model.size(),
                    model.modifiedAt(),
                    model.remote(),
                    model.local(),
                    model.warning(),
                    model.removedAt());
        }
    }

    static ManifestView of(OllamaManifest manifest, List<String> kept) {
        return new ManifestView(
                manifest.savedAt(),
                manifest.serverVersion(),
                manifest.models().stream().map(Model::of).toList(),
                manifest.removed().stream().map(Model::of).toList(),
                manifest.rejected(),
                kept);
    }
}
