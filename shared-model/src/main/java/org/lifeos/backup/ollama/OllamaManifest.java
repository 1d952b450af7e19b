package org.lifeos.backup.ollama;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.lifeos.backup.json.Json;

/**
 * The list of models that a machine had: what is written where 122 GB of models are not. The text
 * is that of the old script, comment lines, an empty line and what {@code ollama list} prints; what
 * machines need to know stands in the comments, where old readers do not look.
 *
 * <pre>
 * # saved_at 2026-11-22T10:00:00Z
 * # server_version 0.32.15
 * # {"name":"llama3.2:latest","digest":"a80c…","size":2019393189,"modified_at":"…","remote":false}
 * # removed {"name":"gone:7b", … ,"removed_at":"…"}
 *
 * NAME               ID              SIZE      MODIFIED
 * llama3.2:latest    a80c4f17acd5    2.0 GB    3 weeks ago
 * </pre>
 *
 * @param savedAt null where the text does not tell it
 * @param serverVersion null where the text does not tell it
 * @param models newest first, then by name
 * @param removed those that were there once and that a later save did not find any more
 * @param rejected what stands in the place of a name and is none, as in {@code Error: could not
 *     connect}
 */
public record OllamaManifest(
        Instant savedAt,
        String serverVersion,
        List<SavedModel> models,
        List<SavedModel> removed,
        List<String> rejected) {
    /** Its name in {@code LIFEOS_HOME/data}, which the old script gave it. */
    public static final String FILE = "ollama_models_manifest.txt";

    /** The folder in LIFEOS_HOME. */
    public static final String FOLDER = "data";

    /** As many earlier ones are kept beside it. */
    public static final int KEPT = 10;

    /** No list of models is that long. */
    public static final int LARGEST_BYTES = 16 << 20;

    private static final Pattern FILE_NAME =
            Pattern.compile("ollama_models_manifest[A-Za-z0-9_-]{0,60}\\.txt");
    private static final Pattern KEPT_NAME =
            Pattern.compile("ollama_models_manifest_[0-9]{8}_[0-9]{6}(-[0-9]{1,4})?\\.txt");

    private static final Comparator<SavedModel> ORDER =
            Comparator.comparing(
                            SavedModel::modifiedAt,
                            Comparator.nullsLast(Comparator.<Instant>reverseOrder()))
                    .thenComparing(SavedModel::name);

    public OllamaManifest {
        models = models.stream().sorted(ORDER).toList();
        removed = removed.stream().sorted(Comparator.comparing(SavedModel::name)).toList();
        rejected = List.copyOf(rejected);
    }

    /** Reads any text, also one that the old script, an editor or an accident made. */
    public static OllamaManifest read(String text) {
        return new ManifestReader().read(text);
    }

    /** Whether a file of this name may be read as a manifest. */
    public static boolean isFileName(String name) {
        return FILE_NAME.matcher(name).matches();
    }

    /** Whether a file of this name is an earlier manifest that the service keeps. */
    public static boolean isKeptName(String name) {
        return KEPT_NAME.matcher(name).matches();
    }

    /** Whether it lists the same models as another, whenever they were saved. */
    public boolean listsTheSame(OllamaManifest other) {
        return facts(models).equals(facts(other.models))
                && facts(removed).equals(facts(other.removed));
    }

    private static List<String> facts(List<SavedModel> models) {
        return models.stream()
                .map(model ->
                        "%s %s %d %s %s"
                                .formatted(
                                        model.name(),
                                        model.digest(),
                                        model.size(),
                                        model.remote(),
                                        model.local()))
                .sorted()
                .toList();
    }

    /**
     * The text, with ages as they are at the time of the save. All models must have whole digests
     * and names.
     */
    public String text() {
        StringBuilder text = new StringBuilder();
        comment(text, "The Ollama models of this machine, by the life-os backup service.");
        comment(text, "They are pulled again by scripts/restore_ollama_models.sh.");
        comment(text, "saved_at " + savedAt);
        if (serverVersion != null) {
            comment(text, "server_version " + serverVersion);
        }
        models.forEach(model -> comment(text, Json.write(model)));
        models.stream()
                .filter(model -> model.warning() != null)
                .forEach(model ->
                        comment(text, "warning %s %s".formatted(model.name(), model.warning())));
        removed.forEach(model -> comment(text, "removed " + Json.write(model)));
        return text.append('\n').append(ListTable.of(models, savedAt)).toString();
    }

    /** Whatever a server says of itself stays in one line. */
    private static void comment(StringBuilder text, String content) {
        text.append("# ").append(content.replaceAll("\\p{Cntrl}", " ")).append('\n');
    }
}
