package org.lifeos.backup.api.job;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.lifeos.backup.job.OllamaManifestResult;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.RestoredModel;

/** The results of Ollama's jobs for a terminal. */
final class OllamaText {
    /** What scripts look for: the job has succeeded, and not every model is there. */
    private static final String SOME_FAILED = "models-failed";

    private OllamaText() {}

    static String lastWord(OllamaRestoreResult result) {
        return result.failed() > 0 ? SOME_FAILED : "-";
    }

    static String of(OllamaManifestResult result) {
        return "%s, %d models".formatted(result.path(), result.models());
    }

    static List<String> items(OllamaManifestResult result) {
        List<String> items = new ArrayList<>();
        result.added().forEach(model -> items.add("added " + model));
        result.removed().forEach(model -> items.add("removed " + model));
        result.warnings().forEach(warning -> items.add("warning: " + warning));
        return items;
    }

    static String of(OllamaRestoreResult result) {
        Map<ModelOutcome, Integer> counts = new EnumMap<>(ModelOutcome.class);
        result.models().forEach(model -> counts.merge(model.outcome(), 1, Integer::sum));
        String outcomes =
                counts.entrySet().stream()
                        .map(entry -> "%d %s".formatted(entry.getValue(), word(entry.getKey())))
                        .collect(Collectors.joining(", "));
        return "%s; %,d bytes to fetch"
                .formatted(outcomes.isEmpty() ? "no models" : outcomes, result.fetchBytes());
    }

    static List<String> items(OllamaRestoreResult result) {
        return result.models().stream().map(OllamaText::item).toList();
    }

    private static String item(RestoredModel model) {
        return "%s %s%s"
                .formatted(
                        word(model.outcome()),
                        model.model(),
                        model.detail() == null ? "" : ": " + model.detail());
    }

    private static String word(ModelOutcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
