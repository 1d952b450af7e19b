package org.lifeos.backup.worker.ollama;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.ollama.ModelName;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.ollama.SavedModel;

/**
 * What a re-pull has to do, decided by a pure function of the manifest, the request and what the
 * server has.
 *
 * @param order of all models in the result, by key
 * @param settled those that need no pull, by key
 * @param wanted those to be pulled or copied, in this order: small contents first, so that most
 *     models are back early; of equal contents the oldest first, because the younger ones are its
 *     copies
 */
record RestorePlan(
        List<String> order, Map<String, RestoredModel> settled, List<SavedModel> wanted) {

    static RestorePlan of(
            OllamaManifest manifest, OllamaRestoreRequest request, ModelList present) {
        Map<String, SavedModel> chosen = new LinkedHashMap<>();
        Map<String, RestoredModel> settled = new LinkedHashMap<>();
        manifest.models().forEach(model -> chosen.putIfAbsent(model.key(), model));
        if (request.models().isEmpty()) {
            manifest.rejected().forEach(text -> settled.put(text, rejected(text)));
        } else {
            Set<String> asked = new HashSet<>();
            request.models().forEach(name -> asked.add(ModelName.key(name)));
            chosen.keySet().retainAll(asked);
            for (String name : request.models()) {
                if (!chosen.containsKey(ModelName.key(name))) {
                    settled.put(ModelName.key(name), unknown(name));
                }
            }
        }
        List<String> order = new ArrayList<>(chosen.keySet());
        settled.keySet().stream().filter(key -> !chosen.containsKey(key)).forEach(order::add);
        List<SavedModel> wanted = new ArrayList<>();
        chosen.forEach((key, model) ->
                settledBefore(model, present, request.force())
                        .ifPresentOrElse(
                                outcome -> settled.put(key, outcome), () -> wanted.add(model)));
        wanted.sort(
                Comparator.comparingLong(SavedModel::size)
                        .thenComparing(model -> String.valueOf(model.digest()))
                        .thenComparing(
                                SavedModel::modifiedAt,
                                Comparator.nullsLast(Comparator.naturalOrder()))
                        .thenComparing(SavedModel::name));
        return new RestorePlan(order, settled, wanted);
    }

    private static Optional<RestoredModel> settledBefore(
            SavedModel model, ModelList present, boolean force) {
        ModelName name = ModelName.of(model.name()).orElseThrow();
        if (model.remote() || name.isCloud()) {
            return Optional.of(
                    settled(
                            model,
                            ModelOutcome.SKIPPED_CLOUD,
                            null,
                            "it runs in the cloud; 'ollama pull %s' brings its stub back"
                                    .formatted(name)));
        }
        Optional<ListedModel> there =
                present.find(model.key()).filter(listed -> !listed.isHollow());
        boolean exact =
                there.isPresent()
                        && (model.digest() == null || model.hasDigest(there.get().digest()));
        boolean pullable = isPullable(model, name);
        if (exact && (!force || !pullable)) {
            String detail =
                    model.digest() == null ? "the manifest tells no digest to compare with" : null;
            return Optional.of(settled(model, ModelOutcome.ALREADY_EXACT, there.get(), detail));
        }
        boolean copyable = present.twin(model).isPresent() && !name.isLocal();
        return pullable || copyable
                ? Optional.empty()
                : Optional.of(
                        settled(
                                model,
                                ModelOutcome.NOT_IN_REGISTRY,
                                there.orElse(null),
                                model.warning()));
    }

    /**
     * A name of the public library that was made here may be somebody else's model there. With a
     * namespace it can only be the maker's own, and the digest tells.
     */
    static boolean isPullable(SavedModel model, ModelName name) {
        return !name.isLocal() && !(model.local() && name.isOfTheLibrary());
    }

    private static RestoredModel settled(
            SavedModel model, ModelOutcome outcome, ListedModel there, String detail) {
        return new RestoredModel(
                model.name(),
                outcome,
                model.digest(),
                there == null ? null : there.digest(),
                there == null ? model.size() : there.size(),
                0,
                detail);
    }

    private static RestoredModel rejected(String text) {
        return new RestoredModel(
                ServerText.of(text),
                ModelOutcome.FAILED,
                null,
                null,
                0,
                0,
                "stands in the manifest and is no name that Ollama takes; nothing was asked for");
    }

    private static RestoredModel unknown(String name) {
        return new RestoredModel(
                name, ModelOutcome.FAILED, null, null, 0, 0, "is not in the manifest");
    }

    /** What has to be fetched, by the saved sizes; equal contents are fetched once. */
    long fetchBytes(ModelList present) {
        Set<String> contents = new HashSet<>();
        return wanted.stream()
                .filter(model -> present.twin(model).isEmpty() || isForced(model, present))
                .filter(model ->
                        contents.add(model.digest() == null ? model.key() : model.digest()))
                .mapToLong(SavedModel::size)
                .sum();
    }

    private static boolean isForced(SavedModel model, ModelList present) {
        return present.find(model.key())
                .filter(there -> model.hasDigest(there.digest()))
                .isPresent();
    }

    /** What each wanted model is, without asking for any. */
    List<RestoredModel> dryRun(ModelList present) {
        Map<String, RestoredModel> outcomes = new LinkedHashMap<>(settled);
        for (SavedModel model : wanted) {
            Optional<ListedModel> there =
                    present.find(model.key()).filter(listed -> !listed.isHollow());
            ModelOutcome outcome =
                    there.isEmpty()
                            ? ModelOutcome.MISSING
                            : model.hasDigest(there.get().digest()) || model.digest() == null
                                    ? ModelOutcome.ALREADY_EXACT
                                    : ModelOutcome.DRIFTED;
            String detail =
                    present.twin(model)
                            .filter(_ -> outcome != ModelOutcome.ALREADY_EXACT)
                            .map(twin -> "would be copied from " + twin.name())
                            .orElse(null);
            outcomes.put(model.key(), settled(model, outcome, there.orElse(null), detail));
        }
        return inOrder(outcomes);
    }

    List<RestoredModel> inOrder(Map<String, RestoredModel> outcomes) {
        return order.stream().filter(outcomes::containsKey).map(outcomes::get).toList();
    }
}
