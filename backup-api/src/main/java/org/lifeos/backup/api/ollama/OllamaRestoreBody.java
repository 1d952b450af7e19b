package org.lifeos.backup.api.ollama;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.ollama.ModelName;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.problem.ProblemException;

/** The body of {@code POST /ollama/restores}; every field may be left away. */
@Schema(name = "OllamaRestoreRequest")
public record OllamaRestoreBody(
        @Schema(description = "Names of models in the manifest; all of them where it is left away")
                List<String> models,
        @Schema(
                        description =
                                "File name of a kept manifest, as GET /ollama/manifest lists them; the current one"
                                        + " where it is left away",
                        examples = "ollama_models_manifest_20261122_031500.txt")
                String manifest,
        @Schema(
                        description = "Only tell what is exact, missing, drifted or not restorable",
                        defaultValue = "false")
                Boolean dryRun,
        @Schema(description = "Also pull what is there as it was saved", defaultValue = "false")
                Boolean force) {

    OllamaRestoreRequest toRequest() {
        List<String> names = models == null ? List.of() : models;
        if (models != null && models.isEmpty()) {
            throw ProblemException.field(
                    "models", "is empty; leave it away for all models of the manifest.");
        }
        for (String name : names) {
            if (ModelName.of(name).isEmpty()) {
                throw ProblemException.field(
                        "models",
                        "must hold names like llama3.2:latest, not '%s'."
                                .formatted(Fields.shown(String.valueOf(name))));
            }
        }
        if (manifest != null && !OllamaManifest.isFileName(manifest)) {
            throw ProblemException.field(
                    "manifest",
                    "must be the name of a kept manifest like ollama_models_manifest_20261122_031500.txt, not '%s'."
                            .formatted(Fields.shown(manifest)));
        }
        return new OllamaRestoreRequest(
                names, manifest, Boolean.TRUE.equals(dryRun), Boolean.TRUE.equals(force));
    }
}
