package org.lifeos.backup.worker.ollama;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.lifeos.backup.json.Json;

/**
 * One line of a pull. Servers leave numbers away when they are 0, and some leave the status away.
 *
 * @param status empty where there is none
 * @param digest of what is downloaded, null where the line is about nothing certain
 * @param total of that, in bytes; 0 where it is not known
 * @param completed of that, in bytes
 * @param error null where it is none
 */
record PullEvent(String status, String digest, long total, long completed, String error) {

    /** Empty when the line is no JSON object, as when somebody in between answers. */
    static Optional<PullEvent> of(String line) {
        try {
            JsonNode node = Json.mapper().readTree(line);
            if (node == null || !node.isObject()) {
                return Optional.empty();
            }
            JsonNode error = node.get("error");
            return Optional.of(
                    new PullEvent(
                            text(node, "status"),
                            node.path("digest").isTextual() ? node.get("digest").asText() : null,
                            number(node, "total"),
                            number(node, "completed"),
                            error == null || error.isNull()
                                    ? null
                                    : error.isTextual() ? error.asText() : error.toString()));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).isTextual() ? node.get(field).asText() : "";
    }

    private static long number(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.canConvertToLong() ? Math.max(0, value.asLong()) : 0;
    }

    boolean isSuccess() {
        return status.equals("success");
    }
}
