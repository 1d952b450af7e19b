package org.lifeos.backup.api.request;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.validation.Validator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * Reads what callers send. No body, or an empty one, means {@code {}}, whatever its type is said to
 * be.
 */
@ApplicationScoped
public class RequestBodies {
    static final int LARGEST = 64 << 10;
    private static final Pattern JSON_TYPE =
            Pattern.compile(
                    "application/(?:[a-z0-9.+-]+\\+)?json(?:\\s*;\\s*charset\\s*=\\s*\"?utf-?8\"?)?\\s*");

    /** The parser tells the key in its message alone. */
    private static final Pattern DOUBLED_KEY =
            Pattern.compile("Duplicate [^'\"]*['\"](.*)['\"]", Pattern.DOTALL);

    private final Validator validator;
    private final Call call;

    RequestBodies(Validator validator, Call call) {
        this.validator = validator;
        this.call = call;
    }

    /**
     * A body as a record and as the JSON it came as.
     *
     * @param canonical equal for bodies that are equal as JSON
     */
    public record Body<T>(T value, String canonical) {}

    /**
     * @throws ProblemException when it is too large, no JSON, or not of this shape; the detail
     *     names the field
     */
    public <T> Body<T> read(InputStream stream, String contentType, Class<T> shape) {
        String text = text(bytes(stream));
        if (text.isBlank()) {
            text = "{}";
        } else {
            requireJsonType(contentType);
        }
        JsonNode tree = tree(text);
        if (!tree.isObject()) {
            throw new ProblemException(
                    ProblemCode.MALFORMED_REQUEST,
                    "The body is JSON of another kind (%s), not an object."
                            .formatted(tree.getNodeType().name().toLowerCase(Locale.ROOT)));
        }
        T value = value(text, shape);
        requireValid(value);
        return new Body<>(value, Json.canonical(tree));
    }

    /** Reads a part of a body as if it were one of its own. */
    public <T> T read(JsonNode tree, Class<T> shape) {
        T value = value(tree.toString(), shape);
        requireValid(value);
        return value;
    }

    private static byte[] bytes(InputStream stream) {
        try {
            byte[] bytes = stream.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw tooLarge();
            }
            return bytes;
        } catch (IOException e) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "The body broke off.", e);
        }
    }

    static ProblemException tooLarge() {
        return new ProblemException(
                ProblemCode.PAYLOAD_TOO_LARGE,
                "The body is larger than %,d bytes.".formatted(LARGEST));
    }

    private void requireJsonType(String contentType) {
        if (contentType != null
                && !JSON_TYPE.matcher(contentType.strip().toLowerCase(Locale.ROOT)).matches()) {
            throw new ProblemException(
                    ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                    "The body's Content-Type is '%s'."
                            .formatted(Fields.shown(call.contentTypeAsSent())));
        }
    }

    /** Strictly: the parser alone would take other encodings, and overlong forms. */
    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "The body is not UTF-8.", e);
        }
    }

    private static JsonNode tree(String text) {
        try {
            return Json.strict().readTree(text);
        } catch (JsonProcessingException e) {
            throw notJson(e);
        }
    }

    private static <T> T value(String text, Class<T> shape) {
        try {
            return Json.strict().readValue(text, shape);
        } catch (UnrecognizedPropertyException e) {
            String known =
                    e.getKnownPropertyIds().stream()
                            .map(Object::toString)
                            .sorted()
                            .collect(Collectors.joining(", "));
            throw ProblemException.field(
                    Fields.shown(e.getPropertyName()),
                    "is not known here; known are " + known + ".");
        } catch (MismatchedInputException e) {
            throw ProblemException.field(field(e), "must be " + wanted(e.getTargetType()) + ".");
        } catch (JsonMappingException e) {
            throw ProblemException.field(field(e), "cannot be read.");
        } catch (JsonProcessingException e) {
            throw notJson(e);
        }
    }

    /** The first field that breaks a constraint of its record. */
    private void requireValid(Object value) {
        validator.validate(value).stream()
                .min(Comparator.comparing(violation -> violation.getPropertyPath().toString()))
                .ifPresent(violation -> {
                    throw ProblemException.field(
                            violation.getPropertyPath().toString(),
                            violation.getMessage() + shown(violation.getInvalidValue()) + ".");
                });
    }

    private static String shown(Object value) {
        return value instanceof String text ? ", not '%s'".formatted(Fields.shown(text)) : "";
    }

    private static ProblemException notJson(JsonProcessingException e) {
        String where =
                e.getLocation() == null
                        ? ""
                        : " (line %d, column %d)"
                                .formatted(
                                        e.getLocation().getLineNr(), e.getLocation().getColumnNr());
        Matcher doubled = DOUBLED_KEY.matcher(e.getOriginalMessage());
        String why =
                doubled.matches()
                        ? ": it has the key '%s' twice".formatted(Fields.shown(doubled.group(1)))
                        : "";
        return new ProblemException(
                ProblemCode.MALFORMED_REQUEST,
                "The body is not valid JSON%s%s.".formatted(why, where),
                e);
    }

    private static String field(JsonMappingException e) {
        String path =
                e.getPath().stream()
                        .map(part ->
                                part.getFieldName() == null
                                        ? "[" + part.getIndex() + "]"
                                        : Fields.shown(part.getFieldName()))
                        .collect(Collectors.joining("."));
        return path.isEmpty() ? "The body" : Fields.shown(path);
    }

    private static String wanted(Class<?> type) {
        if (type == String.class) {
            return "a text";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == Integer.class
                || type == int.class
                || type == Long.class
                || type == long.class) {
            return "a whole number";
        }
        return "of another type";
    }
}
