package org.lifeos.backup.worker.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.ollama.ModelName;
import org.lifeos.backup.ollama.SavedModel;

/**
 * What {@code GET /api/tags} says.
 *
 * @param doubts what in it cannot be; a list with a doubt is never saved
 */
record ModelList(List<ListedModel> models, List<String> doubts) {
    private static final Pattern DIGEST = Pattern.compile("(?:sha256:)?([0-9a-f]{64})");

    ModelList {
        models = List.copyOf(models);
        doubts = List.copyOf(doubts);
    }

    /** Empty when it is no list of models at all. */
    static Optional<ModelList> of(byte[] answer) {
        JsonNode tree;
        try {
            tree = Json.strict().readTree(answer);
        } catch (IOException e) {
            return Optional.empty();
        }
        if (tree == null || !tree.isObject() || !tree.has("models")) {
            return Optional.empty();
        }
        JsonNode models = tree.get("models");
        if (!models.isArray() && !models.isNull()) {
            return Optional.empty();
        }
        Map<String, ListedModel> found = new LinkedHashMap<>();
        List<String> doubts = new ArrayList<>();
        for (JsonNode node : models) {
            model(node, doubts)
                    .ifPresent(model -> {
                        if (found.putIfAbsent(model.name().key(), model) != null) {
                            doubts.add("%s is listed twice".formatted(model.name()));
                        }
                    });
        }
        return Optional.of(new ModelList(List.copyOf(found.values()), doubts));
    }

    private static Optional<ListedModel> model(JsonNode node, List<String> doubts) {
        String text = node.path("name").asText(node.path("model").asText(""));
        Optional<ModelName> name = ModelName.of(text);
        var digest = DIGEST.matcher(node.path("digest").asText(""));
        JsonNode size = node.path("size");
        if (name.isEmpty()) {
            doubts.add("'%s' is no name of a model".formatted(ServerText.of(text)));
        } else if (!digest.matches()) {
            doubts.add("%s has no digest".formatted(name.get()));
        } else if (!size.canConvertToLong() || !size.isIntegralNumber() || size.asLong() < 0) {
            doubts.add("%s has no size".formatted(name.get()));
        } else {
            boolean remote =
                    !node.path("remote_model").asText("").isEmpty()
                            || !node.path("remote_host").asText("").isEmpty()
                            || name.get().isCloud();
            return Optional.of(
                    new ListedModel(
                            name.get(),
                            digest.group(1),
                            size.asLong(),
                            instant(node.path("modified_at").asText("")),
                            remote,
                            !node.path("details").path("parent_model").asText("").isEmpty()));
        }
        return Optional.empty();
    }

    /** Go's zero time stands for none. */
    private static Instant instant(String text) {
        try {
            OffsetDateTime time = OffsetDateTime.parse(text);
            return time.getYear() <= 1 ? null : time.toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    Optional<ListedModel> find(String key) {
        return models.stream().filter(model -> model.name().key().equals(key)).findFirst();
    }

    /** A model with the content of a saved one, whatever it is called. */
    Optional<ListedModel> twin(SavedModel saved) {
        return models.stream()
                .filter(model -> !model.isHollow() && !model.name().isLocal())
                .filter(model -> saved.hasDigest(model.digest()))
                .findFirst();
    }
}
