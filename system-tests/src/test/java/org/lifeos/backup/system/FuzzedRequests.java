package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Requests that are nearly right: each starts as the OpenAPI document says, and then some of its
 * parts are replaced by what nobody should send. The same seed and document give the same requests.
 *
 * <p>None of them can do harm: {@code confirm} is never what it has to be, what is deleted does not
 * exist, and nobody waits for a job.
 */
final class FuzzedRequests {
    /** A request, as {@link RawHttp} sends it. */
    record Request(String method, String uri, List<String> headers, byte[] body, String token) {
        @Override
        public String toString() {
            String text = "%s %s %s %s".formatted(method, uri, headers, new String(body, UTF_8));
            return text.length() > 600 ? text.substring(0, 600) + "…" : text;
        }
    }

    private record Operation(
            String method, String path, List<String> query, List<Map<String, String>> bodies) {}

    private static final List<String> CONTENT_TYPES =
            List.of(
                    "application/json; charset=UTF-16",
                    "application/json; charset=nonsense",
                    "text/plain",
                    "application/xml",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data; boundary=x",
                    "multipart/form-data",
                    "application/x-java-serialized-object",
                    "application/",
                    "/",
                    ";;;",
                    "",
                    "*/*",
                    "application/json, application/json");
    private static final List<String> ACCEPTED =
            List.of(
                    "*/*",
                    "text/plain",
                    "text/html, image/*;q=0.1",
                    "application/json;q=nonsense",
                    "application/json;q=-1",
                    "text/event-stream",
                    "",
                    "/",
                    ",,,",
                    "a/b/c");
    private static final List<String> PREFERENCES =
            List.of(
                    "wait",
                    "wait=",
                    "wait=0",
                    "wait=-1",
                    "wait=601",
                    "wait=99999999999999999999",
                    "wait=1.5",
                    "wait=x",
                    "wait=\"",
                    "respond-async",
                    "respond-async, wait=",
                    ";;=",
                    "handling=strict");
    private static final List<String> OTHER_HEADERS =
            List.of(
                    "Range: bytes=-",
                    "Range: bytes=5-1",
                    "Range: bytes=0-0,2-3",
                    "Range: bytes=99999999999999999999-",
                    "Range: lines=1-2",
                    "If-None-Match: *",
                    "If-Match: \"",
                    "If-Range: x",
                    "If-Modified-Since: yesterday",
                    "Content-Encoding: gzip",
                    "Accept-Encoding: gzip;q=x",
                    "Accept-Language: \"",
                    "Accept-Charset: nonsense",
                    "Cookie: =;=;\"",
                    "X-Forwarded-For: '; drop table job; --",
                    "X-HTTP-Method-Override: DELETE",
                    "Origin: null",
                    "Last-Event-ID: -1",
                    "Upgrade: h2c",
                    "Expect: 100-continue");
    private static final List<String> PLACES =
            List.of(
                    "x",
                    "latest",
                    "..",
                    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
                    "%00",
                    "%0d%0aX:%20y",
                    "%ff%fe",
                    "%c3%a4",
                    "%F0%9F%98%80",
                    "--version",
                    "';%20drop%20table%20job;%20--",
                    "$(id)",
                    ";a=b",
                    "00000000-0000-0000-0000-000000000000",
                    "0198ffff-ffff-7fff-bfff-ffffffffffff",
                    "0198FFFF-ffff-7fff-bfff-ffffffffffff-",
                    "-1",
                    "9223372036854775808",
                    "*",
                    "%20");

    private final Random random;
    private final List<Operation> operations;
    private final List<String> tokens;
    private final Map<String, String> existing;
    private final FuzzedValues values;

    /**
     * @param document the OpenAPI document
     * @param tokens those that are let in
     * @param existing an id that exists, by the parameter's place: the path up to it
     */
    FuzzedRequests(
            Random random, JsonNode document, List<String> tokens, Map<String, String> existing) {
        this.random = random;
        this.tokens = List.copyOf(tokens);
        this.existing = Map.copyOf(existing);
        this.values = new FuzzedValues(random);
        this.operations = new ArrayList<>();
        document.get("paths")
                .properties()
                .forEach(path ->
                        path.getValue().properties().stream()
                                .filter(method -> method.getValue().has("responses"))
                                .forEach(method ->
                                        operations.add(
                                                operation(
                                                        document,
                                                        path.getKey(),
                                                        method.getKey(),
                                                        method.getValue()))));
    }

    /** How many operations the document has. */
    int operations() {
        return operations.size();
    }

    private static Operation operation(
            JsonNode document, String path, String method, JsonNode operation) {
        List<String> query =
                elements(operation.path("parameters"))
                        .filter(parameter -> parameter.path("in").asText().equals("query"))
                        .map(parameter -> parameter.path("name").asText())
                        .toList();
        JsonNode json = operation.at("/requestBody/content/application~1json");
        Map<String, String> blank = new LinkedHashMap<>();
        String reference = json.at("/schema/$ref").asText();
        JsonNode schema =
                reference.isEmpty() ? json.path("schema") : document.at(reference.substring(1));
        schema.path("properties").fieldNames().forEachRemaining(name -> blank.put(name, "null"));
        List<Map<String, String>> bodies = new ArrayList<>();
        bodies.add(blank);
        json.path("examples").forEach(example -> bodies.add(fields(example.path("value"))));
        return new Operation(method.toUpperCase(Locale.ROOT), path, query, bodies);
    }

    private static Map<String, String> fields(JsonNode value) {
        Map<String, String> fields = new LinkedHashMap<>();
        value.properties()
                .forEach(field -> fields.put(field.getKey(), field.getValue().toString()));
        return fields;
    }

    private static java.util.stream.Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    /** The next one; each operation comes as often as any other. */
    Request next() {
        Operation operation = operations.get(random.nextInt(operations.size()));
        boolean takesBody = !operation.method().equals("GET");
        byte[] body = takesBody || rarely() ? body(operation) : new byte[0];
        String token = tokens.get(random.nextInt(tokens.size()));
        List<String> headers = headers(body.length > 0);
        if (random.nextInt(20) == 0) {
            headers.add("Authorization: " + values.header());
            token = "";
        } else {
            headers.add("Authorization: Bearer " + token);
        }
        return new Request(operation.method(), uri(operation), headers, body, token);
    }

    private boolean rarely() {
        return random.nextInt(30) == 0;
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private String uri(Operation operation) {
        String path = operation.path();
        for (int open = path.indexOf('{'); open >= 0; open = path.indexOf('{')) {
            int close = path.indexOf('}');
            String place = existing.getOrDefault(path.substring(0, open), "x");
            boolean mayExist = !operation.method().equals("DELETE") && random.nextBoolean();
            String id = mayExist ? place : any(PLACES);
            path = path.substring(0, open) + id + path.substring(close + 1);
        }
        List<String> query = new ArrayList<>();
        operation.query().stream().filter(_ -> random.nextInt(3) == 0).forEach(query::add);
        if (rarely()) {
            query.add(any(List.of("unknown", "", "limit", "%00", "a%5b%5d")));
        }
        String questions =
                query.stream()
                        .map(name -> name + "=" + values.query())
                        .collect(Collectors.joining(random.nextInt(30) == 0 ? "&&" : "&"));
        return questions.isEmpty() ? path : path + "?" + questions;
    }

    private List<String> headers(boolean hasBody) {
        List<String> headers = new ArrayList<>();
        if (hasBody) {
            headers.add(
                    "Content-Type: "
                            + (random.nextInt(8) == 0 ? any(CONTENT_TYPES) : "application/json"));
        }
        if (random.nextInt(6) == 0) {
            headers.add("Accept: " + any(ACCEPTED));
        }
        if (random.nextInt(8) == 0) {
            headers.add("Prefer: " + any(PREFERENCES));
        }
        if (random.nextInt(8) == 0) {
            headers.add("Idempotency-Key: " + values.header());
        }
        if (random.nextInt(8) == 0) {
            headers.add(any(OTHER_HEADERS));
        }
        if (rarely()) {
            headers.add("X-Fuzz: " + values.header());
        }
        return headers;
    }

    // ---- bodies

    private byte[] body(Operation operation) {
        if (random.nextInt(12) == 0) {
            return brokenBody();
        }
        Map<String, String> fields = new HashMap<>(any(operation.bodies()));
        int changes = random.nextInt(3);
        List<String> names = List.copyOf(fields.keySet());
        for (int i = 0; i < changes && !names.isEmpty(); i++) {
            fields.put(any(names), values.json());
        }
        if (rarely()) {
            fields.put(values.text(), values.json());
        }
        if (fields.containsKey("confirm")) {
            fields.put("confirm", "\"not what it has to be\"");
        }
        String json =
                fields.entrySet().stream()
                        .map(field -> values.quoted(field.getKey()) + ": " + field.getValue())
                        .collect(Collectors.joining(", ", "{", "}"));
        byte[] body = json.getBytes(UTF_8);
        return random.nextInt(12) == 0 ? damaged(body) : body;
    }

    private byte[] brokenBody() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        switch (random.nextInt(6)) {
            case 0 -> bytes.writeBytes("[".repeat(20_000).getBytes(UTF_8));
            case 1 -> bytes.writeBytes("{\"a\":".repeat(5_000).getBytes(UTF_8));
            case 2 -> bytes.writeBytes(values.json().getBytes(UTF_8));
            case 3 -> {
                byte[] noise = new byte[1 + random.nextInt(300)];
                random.nextBytes(noise);
                bytes.writeBytes(noise);
            }
            case 4 ->
                    bytes.writeBytes(
                            "{\"label\":\"a\"".getBytes(java.nio.charset.StandardCharsets.UTF_16));
            default -> bytes.writeBytes("{\"label\":\"a\",\"label\":\"b\"} {}".getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    /**
     * Some bytes are others, or the end is missing. {@code confirm} stays wrong: it is too long.
     */
    private byte[] damaged(byte[] body) {
        byte[] damaged = Arrays.copyOf(body, 1 + random.nextInt(body.length));
        for (int i = random.nextInt(4); i > 0; i--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }
}
