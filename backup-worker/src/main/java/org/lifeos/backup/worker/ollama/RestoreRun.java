package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.ollama.SavedModel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.PartialResultException;

/** One re-pull: the models of a manifest, one after the other. */
final class RestoreRun {
    private final OllamaServer server;
    private final OllamaRetries rules;
    private final Attempt attempt;
    private final OllamaManifest manifest;
    private final OllamaRestoreRequest request;
    private final Map<String, RestoredModel> outcomes = new LinkedHashMap<>();
    private int unreachableInARow;

    RestoreRun(
            OllamaServer server,
            OllamaRetries rules,
            Attempt attempt,
            OllamaManifest manifest,
            OllamaRestoreRequest request) {
        this.server = server;
        this.rules = rules;
        this.attempt = attempt;
        this.manifest = manifest;
        this.request = request;
    }

    /**
     * @throws PartialResultException when it stopped before every model had an outcome
     */
    OllamaRestoreResult run() {
        server.version();
        ModelList present = server.list();
        RestorePlan plan = RestorePlan.of(manifest, request, present);
        long bytes = plan.fetchBytes(present);
        if (request.dryRun()) {
            return OllamaRestoreResult.of(plan.dryRun(present), bytes);
        }
        outcomes.putAll(plan.settled());
        RestoreProgress progress =
                new RestoreProgress(attempt::progress, plan.order().size(), bytes);
        progress.begin(outcomes.size());
        try {
            restore(plan, present, progress);
        } catch (StoppedRun e) {
            throw stopped(plan, bytes, new ProblemException(e.code(), e.getMessage(), e));
        } catch (ProblemException e) {
            throw stopped(plan, bytes, e);
        }
        return OllamaRestoreResult.of(plan.inOrder(outcomes), bytes);
    }

    private PartialResultException stopped(RestorePlan plan, long bytes, ProblemException problem) {
        return new PartialResultException(
                problem, OllamaRestoreResult.of(plan.inOrder(outcomes), bytes));
    }

    private void restore(RestorePlan plan, ModelList present, RestoreProgress progress)
            throws StoppedRun {
        ServerWatch watch = new ServerWatch(server, attempt, rules.serverPatience());
        List<ModelRestore> later = new ArrayList<>();
        long asked = System.nanoTime();
        for (SavedModel model : plan.wanted()) {
            boolean toFetch = present.twin(model).isEmpty() || request.force();
            ModelRestore restore =
                    new ModelRestore(
                            server,
                            watch,
                            attempt,
                            progress,
                            model,
                            request.force()
                                    && present.find(model.key())
                                            .filter(there -> model.hasDigest(there.digest()))
                                            .isPresent(),
                            manifest.serverVersion(),
                            rules);
            Optional<RestoredModel> outcome = restore.run();
            if (outcome.isPresent()) {
                settle(restore, outcome.get(), progress, toFetch);
            } else {
                later.add(restore);
                asked = System.nanoTime();
            }
        }
        if (!later.isEmpty()) {
            Duration since = Duration.ofNanos(System.nanoTime() - asked);
            progress.waiting(later.getFirst().model(), "asking the registry once more in a moment");
            Pause.of(rules.recheck().minus(since), attempt);
        }
        for (ModelRestore restore : later) {
            Optional<RestoredModel> outcome = restore.run();
            settle(restore, outcome.orElseThrow(), progress, true);
        }
    }

    private void settle(
            ModelRestore restore, RestoredModel outcome, RestoreProgress progress, boolean fetched)
            throws StoppedRun {
        outcomes.put(restore.model().key(), outcome);
        attempt.log(
                "%s: %s%s"
                        .formatted(
                                outcome.model(),
                                outcome.outcome(),
                                outcome.detail() == null ? "" : ", " + outcome.detail()));
        progress.finished(restore.model(), fetched);
        boolean unreachable =
                outcome.outcome().isFailure()
                        && restore.lastKind() == FailureClass.REGISTRY_UNREACHABLE;
        unreachableInARow = unreachable ? unreachableInARow + 1 : 0;
        if (unreachableInARow >= rules.unreachableModels()) {
            throw new StoppedRun(
                    ProblemCode.OLLAMA_REGISTRY_UNREACHABLE,
                    "The registry could not be reached for %d models in a row: %s"
                            .formatted(unreachableInARow, outcome.detail()));
        }
    }
}
