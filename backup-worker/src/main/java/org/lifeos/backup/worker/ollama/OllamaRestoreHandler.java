package org.lifeos.backup.worker.ollama;

import java.io.IOException;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.ollama.ManifestFolder;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;

/**
 * Pulls the models of a manifest again. Nothing of it has to be cleaned up or undone: models that
 * are back stay, what the server has of an unfinished one it keeps, and another attempt finds the
 * ones already exact.
 */
public final class OllamaRestoreHandler implements JobHandler {
    private final OllamaSettings settings;
    private final ManifestFolder folder;

    public OllamaRestoreHandler(OllamaSettings settings, ManifestFolder folder) {
        this.settings = settings;
        this.folder = folder;
    }

    @Override
    public JobType type() {
        return JobType.OLLAMA_RESTORE;
    }

    @Override
    public void run(Attempt attempt) {
        OllamaRestoreRequest request = (OllamaRestoreRequest) attempt.job().request();
        attempt.progress(Progress.of("plan", "comparing manifest and server"));
        OllamaManifest manifest = manifest(request);
        try (OllamaServer server = new OllamaServer(settings);
                Attempt.Registration _ = attempt.onStop(server::close)) {
            OllamaRestoreResult result =
                    new RestoreRun(server, settings.retries(), attempt, manifest, request).run();
            attempt.succeed(_ -> result);
        }
    }

    private OllamaManifest manifest(OllamaRestoreRequest request) {
        String name = request.manifest() == null ? OllamaManifest.FILE : request.manifest();
        try {
            String text =
                    folder.text(name)
                            .orElseThrow(() ->
                                    missing(
                                            "%s is not there."
                                                    .formatted(folder.path().resolve(name))));
            OllamaManifest manifest = OllamaManifest.read(text);
            if (manifest.models().isEmpty() && !manifest.rejected().isEmpty()) {
                throw missing(
                        "%s holds no name of a model, only: %s"
                                .formatted(
                                        folder.path().resolve(name),
                                        ServerText.of(String.join(", ", manifest.rejected()))));
            }
            return manifest;
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.OLLAMA_MANIFEST_MISSING,
                    "%s cannot be read: %s".formatted(folder.path().resolve(name), e.getMessage()),
                    e);
        }
    }

    private static ProblemException missing(String detail) {
        return new ProblemException(ProblemCode.OLLAMA_MANIFEST_MISSING, detail);
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {}

    @Override
    public void discard(LeasedJob job) {}
}
