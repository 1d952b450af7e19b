package org.lifeos.backup.worker.ollama;

import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.OllamaManifestResult;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.ollama.SavedModel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;

/**
 * Writes down which models Ollama has. A list that may be wrong replaces nothing: the manifest is
 * all that is left of 122 GB after a disaster.
 */
public final class OllamaManifestHandler implements JobHandler {
    private static final int MOST_NAMED = 10;

    private final OllamaSettings settings;
    private final ManifestStore store;
    private final RestoreHistory history;
    private final JobQueue queue;

    public OllamaManifestHandler(
            OllamaSettings settings, Path home, ZoneId zone, Database database, JobQueue queue) {
        this.settings = settings;
        this.store = new ManifestStore(home, zone);
        this.history = new RestoreHistory(database);
        this.queue = queue;
    }

    @Override
    public JobType type() {
        return JobType.OLLAMA_MANIFEST;
    }

    @Override
    public void run(Attempt attempt) {
        attempt.phase("list", settings.base().toString());
        Optional<OllamaManifest> before = store.current();
        try (OllamaServer server = new OllamaServer(settings);
                Attempt.Registration _ = attempt.onStop(server::close)) {
            String version = server.version();
            ModelList list = server.list();
            attempt.checkpoint();
            requireSound(list);
            before.ifPresent(manifest -> requireNothingLost(manifest, list));
            List<ListedModel> models =
                    new RegistryCheck(settings.registry(), settings.limits(), attempt)
                            .marked(list.models());
            OllamaManifest after = after(before.orElse(null), models, version, queue.now());
            attempt.phase("write", store.path().toString());
            OllamaManifestResult result = result(before.orElse(null), after);
            result.warnings().forEach(attempt::log);
            attempt.succeed(_ -> {
                store.replace(after, attempt.lease());
                return result;
            });
        }
    }

    private void requireSound(ModelList list) {
        if (!list.doubts().isEmpty()) {
            throw new ProblemException(
                    ProblemCode.OLLAMA_ANSWER_INVALID,
                    "The list of %s cannot be right: %s."
                            .formatted(settings.at("/api/tags"), some(list.doubts())));
        }
    }

    private void requireNothingLost(OllamaManifest manifest, ModelList list) {
        if (list.models().isEmpty() && !manifest.models().isEmpty()) {
            throw new ProblemException(
                    ProblemCode.OLLAMA_LIST_EMPTY,
                    "%s lists no models; %s lists %d and was left as it is."
                            .formatted(
                                    settings.at("/api/tags"),
                                    store.path(),
                                    manifest.models().size()));
        }
        List<String> missing = new ArrayList<>();
        history.unfinished(manifest)
                .forEach((model, job) -> {
                    if (list.find(model.key()).isEmpty()) {
                        missing.add("%s (job %s)".formatted(model.name(), job));
                    }
                });
        if (!missing.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.OLLAMA_RESTORE_INCOMPLETE,
                    "%s was left as it is, because a re-pull did not bring back all of it: %s."
                            .formatted(store.path(), some(missing)));
        }
    }

    private static String some(List<String> all) {
        String named = String.join(", ", all.subList(0, Math.min(all.size(), MOST_NAMED)));
        return all.size() > MOST_NAMED
                ? "%s and %d more".formatted(named, all.size() - MOST_NAMED)
                : named;
    }

    private static OllamaManifest after(
            OllamaManifest before, List<ListedModel> listed, String version, Instant now) {
        Map<String, SavedModel> models = new LinkedHashMap<>();
        listed.forEach(model -> models.put(model.name().key(), model.saved()));
        Map<String, SavedModel> removed = new LinkedHashMap<>();
        if (before != null) {
            before.models().forEach(model -> removed.put(model.key(), model.removed(now)));
            before.removed().forEach(model -> removed.putIfAbsent(model.key(), model));
            removed.keySet().removeAll(models.keySet());
        }
        return new OllamaManifest(
                now,
                version,
                List.copyOf(models.values()),
                List.copyOf(removed.values()),
                List.of());
    }

    private OllamaManifestResult result(OllamaManifest before, OllamaManifest after) {
        Set<String> known = keys(before);
        Set<String> there = keys(after);
        List<String> removed =
                before == null
                        ? List.of()
                        : before.models().stream()
                                .filter(model -> !there.contains(model.key()))
                                .map(SavedModel::name)
                                .toList();
        return new OllamaManifestResult(
                after.models().size(),
                after.models().stream()
                        .filter(model -> !known.contains(model.key()))
                        .map(SavedModel::name)
                        .toList(),
                removed,
                store.path().toString(),
                after.models().stream()
                        .filter(model -> model.warning() != null)
                        .map(model -> "%s %s".formatted(model.name(), model.warning()))
                        .toList());
    }

    private static Set<String> keys(OllamaManifest manifest) {
        Set<String> keys = new HashSet<>();
        if (manifest != null) {
            manifest.models().forEach(model -> keys.add(model.key()));
        }
        return keys;
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        store.removePartials((job, number) ->
                job.equals(reaping.jobId()) && number <= reaping.lease().attempt());
        return false;
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        store.removePartials(mayBeAtWork.negate());
    }

    @Override
    public void discard(LeasedJob job) {}
}
