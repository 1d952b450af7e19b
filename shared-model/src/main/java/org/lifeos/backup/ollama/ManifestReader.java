package org.lifeos.backup.ollama;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lifeos.backup.json.Json;

/**
 * Reads the text of a manifest. The rows say which models there are, as they did for the old
 * scripts; the comments only tell more about them. So a row that somebody takes out is out. Names
 * that differ in the case of letters alone are one.
 */
final class ManifestReader {
    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final String SAVED_AT = "saved_at ";
    private static final String SERVER_VERSION = "server_version ";
    private static final String REMOVED = "removed ";
    private static final Pattern ROW =
            Pattern.compile(
                    "^\\S+[ \\t]+([0-9a-f]{12})(?:[ \\t]+(-|[0-9.]+ [KMGT]?B)(?:[ \\t].*)?)?$");

    private final Map<String, SavedModel> told = new LinkedHashMap<>();
    private final Map<String, SavedModel> removed = new LinkedHashMap<>();
    private final Map<String, SavedModel> models = new LinkedHashMap<>();
    private final Set<String> rejected = new LinkedHashSet<>();
    private final List<String> rows = new ArrayList<>();
    private Instant savedAt;
    private String serverVersion;

    OllamaManifest read(String text) {
        String body = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        for (String line : body.split("\r?\n|\r")) {
            if (line.equals("#") || line.startsWith("# ")) {
                comment(line.substring(1).strip());
            } else if (!line.isBlank()) {
                rows.add(line);
            }
        }
        boolean table = rows.stream().anyMatch(ManifestReader::isHeader);
        rows.stream().filter(row -> !isHeader(row)).forEach(this::row);
        if (!table && models.isEmpty() && rejected.isEmpty()) {
            models.putAll(told);
        }
        return new OllamaManifest(
                savedAt,
                serverVersion,
                List.copyOf(models.values()),
                List.copyOf(removed.values()),
                List.copyOf(rejected));
    }

    private static boolean isHeader(String row) {
        return firstColumn(row).equals("NAME");
    }

    private static String firstColumn(String row) {
        return row.strip().split("[ \\t]+", 2)[0];
    }

    private void comment(String content) {
        if (content.startsWith(SAVED_AT)) {
            try {
                savedAt = Instant.parse(content.substring(SAVED_AT.length()).strip());
            } catch (DateTimeException e) {
                // a date that nobody can read tells nothing
                savedAt = null;
            }
        } else if (content.startsWith(SERVER_VERSION)) {
            serverVersion = content.substring(SERVER_VERSION.length()).strip();
        } else if (content.startsWith(REMOVED)) {
            model(content.substring(REMOVED.length()))
                    .ifPresent(model -> removed.putIfAbsent(model.key(), model));
        } else {
            model(content).ifPresent(model -> told.putIfAbsent(model.key(), model));
        }
    }

    /** What a comment tells about a model; one with a name that is none is reported. */
    private Optional<SavedModel> model(String json) {
        if (!json.startsWith("{")) {
            return Optional.empty();
        }
        try {
            SavedModel model = Json.mapper().readValue(json, SavedModel.class);
            Optional<ModelName> name = ModelName.of(model.name());
            if (name.isEmpty()) {
                rejected.add(String.valueOf(model.name()));
                return Optional.empty();
            }
            boolean digestIsSound =
                    model.digest() != null && model.digest().matches("[0-9a-f]{12}|[0-9a-f]{64}");
            return Optional.of(
                    new SavedModel(
                            name.get().display(),
                            digestIsSound ? model.digest() : null,
                            Math.max(0, model.size()),
                            model.modifiedAt(),
                            model.remote(),
                            model.local(),
                            model.removedAt()));
        } catch (JsonProcessingException e) {
            // a comment in somebody's own words
            return Optional.empty();
        }
    }

    private void row(String row) {
        String column = firstColumn(row);
        Optional<ModelName> name = ModelName.of(column);
        // what only looks like a comment, or begins with a blank, is no row that a tool wrote
        if (name.isEmpty()) {
            rejected.add(column);
            return;
        }
        Matcher cells = ROW.matcher(row.strip());
        boolean whole = cells.matches();
        String digest = whole ? cells.group(1) : null;
        String size = whole && cells.group(2) != null ? cells.group(2) : "";
        SavedModel known = told.get(name.get().key());
        boolean sameOne =
                known != null
                        && (digest == null
                                || known.digest() == null
                                || known.digest().startsWith(digest));
        models.putIfAbsent(
                name.get().key(),
                sameOne && known.digest() != null
                        ? known
                        : new SavedModel(
                                name.get().display(),
                                digest,
                                ListTable.bytes(size),
                                null,
                                size.equals("-"),
                                false,
                                null));
    }
}
