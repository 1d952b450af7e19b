package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.problem.ProblemCode;

/** Whatever is sent, the answer is a problem that says what to mend, and the service goes on. */
class HostileInputTest {
    private static final Stack STACK = Stack.shared();
    private static final String BACKUPS = "/api/v1/backups";
    private static final long SEED = 20260131;
    private static final int FUZZED = 250;

    @AfterAll
    static void nothingWasAMistakeAndTheServiceWorks() {
        Response answer = operator().header("Prefer", "wait=60").post(BACKUPS);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        assertThat(STACK.api(0).process().log())
                .doesNotContain("\tat ", "mistake of the service", "Unhandled exception");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"label": 1}                    | invalid-field     | label
                    {"label": true}                 | invalid-field     | label
                    {"label": ["a"]}                | invalid-field     | label
                    {"label": {"label": "a"}}       | invalid-field     | label
                    {"target": 1.5}                 | invalid-field     | target
                    {"reason": 1e999999999}         | invalid-field     | reason
                    {"pinned": "true"}              | invalid-field     | pinned
                    {"pinned": 1}                   | invalid-field     | pinned
                    {"pinned": {}}                  | invalid-field     | pinned
                    {"verify": false}               | invalid-field     | verify
                    {"verify": "twice"}             | invalid-field     | verify
                    {"format": "PLAIN"}             | invalid-field     | format
                    {"format": ""}                  | invalid-field     | format
                    {"lable": "a"}                  | invalid-field     | lable
                    {"": 1}                         | invalid-field     | known
                    {"label": "a", "kind": "safety"}| invalid-field     | kind
                    {"target": "nobody"}            | unknown-target    | target
                    {"target": ""}                  | unknown-target    | target
                    {"target": "../lifeos"}         | unknown-target    | target
                    {"target": "LIFEOS"}            | unknown-target    | target
                    {"target": "\\u0000\\ud800"}    | unknown-target    | target
                    {"reason": "a\\u0000b"}         | invalid-field     | reason
                    {"reason": "\\u001b[2J"}        | invalid-field     | reason
                    {"reason": "\\ud800"}           | invalid-field     | reason
                    {"reason": "\\udc00\\ud800"}    | invalid-field     | reason
                    {"label": ""}                   | invalid-field     | label
                    {"label": "."}                  | invalid-field     | label
                    {"label": ".."}                 | invalid-field     | label
                    {"label": "../../etc/passwd"}   | invalid-field     | label
                    {"label": "/etc/passwd"}        | invalid-field     | label
                    {"label": "a/b"}                | invalid-field     | label
                    {"label": "a\\\\b"}             | invalid-field     | label
                    {"label": "%2e%2e%2fa"}         | invalid-field     | label
                    {"label": "-rf"}                | invalid-field     | label
                    {"label": "a b"}                | invalid-field     | label
                    {"label": "a\\n"}               | invalid-field     | label
                    {"label": "a\\u0000"}           | invalid-field     | label
                    {"label": "a\\u202egz"}         | invalid-field     | label
                    {"label": "$(id)"}              | invalid-field     | label
                    {"label": "ä"}                  | invalid-field     | label
                    {"label": "a", "label": "b"}    | malformed-request | key 'label' twice
                    {"a": {"\u00e4 x": 1, "\u00e4 x": 2}} | malformed-request | key 'ä x' twice
                    {} {}                           | malformed-request | JSON
                    {}]                             | malformed-request | JSON
                    {"label": "a"                   | malformed-request | JSON
                    {label: "a"}                    | malformed-request | JSON
                    {'label': 'a'}                  | malformed-request | JSON
                    {"label": "a",}                 | malformed-request | JSON
                    {"label": NaN}                  | malformed-request | JSON
                    {"label": "a"} // why not       | malformed-request | JSON
                    []                              | malformed-request | object
                    null                            | malformed-request | object
                    "label"                         | malformed-request | object
                    17                              | malformed-request | object
                    """)
    void wrongBodyIsAProblemThatNamesTheField(String body, String code, String named) {
        Response answer = operator().body(body.getBytes(UTF_8)).post(BACKUPS);
        requireProblem(answer, code, BACKUPS, named);
    }

    @Test
    void bodyOfWrongBytesOrSizeIsAProblem() {
        Map<String, byte[]> malformed =
                Map.of(
                        "UTF-16", "{}".getBytes(UTF_16),
                        "overlong UTF-8", "{\"label\": \"\u00c0\u00af\"}".getBytes(ISO_8859_1),
                        "not UTF-8", "{\"label\": \"\u00e4\"}".getBytes(ISO_8859_1),
                        "NUL", "{\"label\": \"a\0\"}".getBytes(UTF_8),
                        "binary", new byte[] {0, 1, 2, (byte) 0xff},
                        "deep arrays", ("{\"reason\":" + "[".repeat(20_000)).getBytes(UTF_8),
                        "deep objects", "{\"a\":".repeat(10_000).getBytes(UTF_8));
        malformed.forEach((name, body) ->
                requireProblem(operator().body(body).post(BACKUPS), "malformed-request", BACKUPS));
        for (String field : List.of("label", "reason")) {
            String body = "{\"%s\": \"%s\"}".formatted(field, "x".repeat(501));
            requireProblem(operator().body(body).post(BACKUPS), "invalid-field", BACKUPS, field);
        }
        String target = "{\"target\": \"%s\"}".formatted("x".repeat(60_000));
        Response answer = operator().body(target).post(BACKUPS);
        requireProblem(answer, "unknown-target", BACKUPS, "target");
        assertThat(answer.asString()).hasSizeLessThan(2_000);
        String unknown = "{\"%s\": 1}".formatted("x".repeat(40_000));
        answer = operator().body(unknown).post(BACKUPS);
        requireProblem(answer, "invalid-field", BACKUPS, "xxxxx…");
        assertThat(answer.asString()).hasSizeLessThan(1_000);
        String doubled = "{\"%1$s\": 1, \"%1$s\": 1}".formatted("y".repeat(30_000));
        answer = operator().body(doubled).post(BACKUPS);
        requireProblem(answer, "malformed-request", BACKUPS, "yyyyy…");
        assertThat(answer.asString()).hasSizeLessThan(1_000);
        for (int size : List.of(65 << 10, 1 << 20, 3 << 20)) {
            requireProblem(
                    operator().body("{}" + " ".repeat(size)).post(BACKUPS),
                    "payload-too-large",
                    BACKUPS);
        }
    }

    @Test
    void bodyWhoseSizeNobodyToldIsCutOff() throws Exception {
        byte[] body = ("{}" + " ".repeat(100 << 10)).getBytes(UTF_8);
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(STACK.api(0).url() + BACKUPS))
                        .header("Authorization", "Bearer " + STACK.tokens().operator())
                        .POST(
                                HttpRequest.BodyPublishers.ofInputStream(
                                        () -> new ByteArrayInputStream(body)))
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(answer.body()).contains("payload-too-large");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Content-Type | text/plain                      | unsupported-media-type | text/plain
                    Content-Type | application/xml                 | unsupported-media-type | application/xml
                    Content-Type | application/json; charset=utf-16| unsupported-media-type | utf-16
                    Content-Type | multipart/form-data; boundary=x | unsupported-media-type | multipart
                    Content-Type | application/jsonp               | unsupported-media-type | jsonp
                    Content-Type | ///;;=                          | unsupported-media-type | ///
                    Prefer       | wait                            | invalid-header         | Prefer
                    Prefer       | wait=                           | invalid-header         | Prefer
                    Prefer       | wait=0                          | invalid-header         | Prefer
                    Prefer       | wait=601                        | invalid-header         | Prefer
                    Prefer       | wait=-1                         | invalid-header         | Prefer
                    Prefer       | wait=1.5                        | invalid-header         | Prefer
                    Prefer       | wait=99999999999999999999       | invalid-header         | Prefer
                    Prefer       | respond-async, Wait = ten       | invalid-header         | Prefer
                    Accept       | image/png                       | not-acceptable         | image/png
                    """)
    void wrongHeaderIsAProblemThatNamesIt(String name, String value, String code, String named) {
        RequestSpecification request = STACK.given(STACK.tokens().operator());
        Response answer =
                (name.equals("Content-Type")
                                ? request.contentType(value)
                                : request.header(name, value))
                        .body("{}".getBytes(UTF_8))
                        .post(BACKUPS);
        requireProblem(answer, code, BACKUPS, named);
    }

    @Test
    void emptyBodyMeansNoFieldsWhateverItsType() {
        Map.of(
                        "text/plain", "",
                        "application/xml", " \r\n\t",
                        "x/y; z=1", "\n",
                        "///;;=", "",
                        "nonsense", " ",
                        ";", "\t")
                .forEach((type, body) -> {
                    Response answer =
                            STACK.given(STACK.tokens().operator())
                                    .contentType(type)
                                    .body(body.getBytes(UTF_8))
                                    .post(BACKUPS);
                    assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
                    operator().post(answer.header("Location") + "/cancel");
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET    | /api/v1/jobs?limit=0                   | invalid-parameter  | limit
                    GET    | /api/v1/jobs?limit=201                 | invalid-parameter  | limit
                    GET    | /api/v1/jobs?limit=-1                  | invalid-parameter  | limit
                    GET    | /api/v1/jobs?limit=1e2                 | invalid-parameter  | limit
                    GET    | /api/v1/backups?limit=99999999999      | invalid-parameter  | limit
                    GET    | /api/v1/backups?limit=%D9%A1           | invalid-parameter  | limit
                    GET    | /api/v1/jobs?cursor=***                | invalid-parameter  | cursor
                    GET    | /api/v1/jobs?cursor=[backups:1]        | invalid-parameter  | cursor
                    GET    | /api/v1/jobs?cursor=[jobs:]            | invalid-parameter  | cursor
                    GET    | /api/v1/jobs?cursor=[jobs:1 or 1=1]    | invalid-parameter  | cursor
                    GET    | /api/v1/jobs?cursor=[jobs:9223372036854775808] | invalid-parameter | cursor
                    GET    | /api/v1/backups?cursor=[backups:]      | invalid-parameter  | cursor
                    GET    | /api/v1/backups?cursor=[backups:2026-01-31T03:00:00Z x] | invalid-parameter | cursor
                    GET    | /api/v1/backups?cursor=[backups:+999999999-12-31T23:59:59Z 01890000-0000-7000-8000-000000000000] | invalid-parameter | cursor
                    GET    | /api/v1/jobs?state=running             | invalid-parameter  | state
                    GET    | /api/v1/jobs?type=postgres_backup      | invalid-parameter  | type
                    GET    | /api/v1/jobs?target=%00                | invalid-parameter  | target
                    GET    | /api/v1/backups?state=NEW              | invalid-parameter  | state
                    GET    | /api/v1/backups?kind=Manual            | invalid-parameter  | kind
                    GET    | /api/v1/backups/latest?target=%00      | invalid-parameter  | target
                    GET    | /api/v1/backups/latest?target=nobody   | not-found          | nobody
                    GET    | /api/v1/jobs/1                         | not-found          | '1'
                    GET    | /api/v1/jobs/%00                       | not-found          | job
                    GET    | /api/v1/jobs/%FF%FE                    | not-found          | job
                    GET    | /api/v1/jobs/1-1-1-1-1                 | not-found          | 1-1-1-1-1
                    GET    | /api/v1/jobs/01890000-0000-7000-8000-000000000000/log | not-found | 01890000
                    GET    | /api/v1/backups/../../etc/passwd       | not-found          |
                    GET    | /api/v1/backups/..%2F..%2Fetc%2Fpasswd | not-found          | etc
                    POST   | /api/v1/jobs/nobody/cancel             | not-found          | nobody
                    GET    | /api/v2/jobs                           | not-found          |
                    GET    | /                                      | not-found          |
                    PUT    | /api/v1/backups                        | method-not-allowed |
                    DELETE | /api/v1/jobs                           | method-not-allowed |
                    TRACE  | /api/v1/jobs                           | method-not-allowed |
                    BREW   | /api/v1/jobs                           | method-not-allowed |
                    """)
    void wrongPathOrParameterIsAProblemThatNamesIt(
            String method, String path, String code, String named) {
        String written = path;
        if (path.contains("[")) {
            String cursor = path.substring(path.indexOf('[') + 1, path.length() - 1);
            written = path.substring(0, path.indexOf('[')) + base64(cursor);
        }
        Response answer =
                STACK.given(STACK.tokens().admin())
                        .urlEncodingEnabled(false)
                        .request(method, written);
        requireProblem(answer, code, null, named == null ? "" : named);
    }

    @Test
    void whatIsTooLongIsAProblem() {
        RequestSpecification viewer = STACK.given(STACK.tokens().viewer());
        Response answer = viewer.get("/api/v1/jobs/" + "x".repeat(5_000));
        requireProblem(answer, "uri-too-long", null);
        answer =
                STACK.given(STACK.tokens().viewer())
                        .queryParam("target", "x".repeat(20_000))
                        .get("/api/v1/jobs");
        requireProblem(answer, "uri-too-long", null);
        answer =
                STACK.given(STACK.tokens().viewer())
                        .header("X-Much", "x".repeat(20_000))
                        .get("/api/v1/jobs");
        requireProblem(answer, "headers-too-large", null);
        answer = STACK.given(STACK.tokens().viewer()).get("/api/v1/jobs/" + "x".repeat(3_000));
        requireProblem(answer, "not-found", null);
        assertThat(answer.jsonPath().getString("detail")).hasSizeLessThan(300);
    }

    @Test
    void fuzzedBodiesNeverMeetAMistake() {
        Random random = new Random(SEED);
        for (int i = 0; i < FUZZED; i++) {
            byte[] body = FuzzedBody.next(random);
            Response answer = operator().body(body).post(BACKUPS);
            String what = "seed %d, body %d: %s".formatted(SEED, i, new String(body, UTF_8));
            assertThat(answer.statusCode()).as(what).isIn(400, 422);
            requireProblem(answer, answer.jsonPath().getString("code"), BACKUPS);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/%zz HTTP/1.1\r\nHost: x",
                "/api/v1/jobs/%zz HTTP/1.1\r\nHost: x",
                "/api/v1/jobs?limit=%zz HTTP/1.1\r\nHost: x",
                "/api/v1/jobs?target={x} HTTP/1.1\r\nHost: x",
                "/api/v1/jobs/{x} HTTP/1.1\r\nHost: x",
                "/{x} HTTP/1.1\r\nHost: x",
                "/q/openapi?{x} HTTP/1.1\r\nHost: x",
                "/q/health/%zz HTTP/1.1\r\nHost: x",
                "/api/v1/jobs HTTP/1.1\r\nHost: x\r\nHost: y",
                "/api/v1/jobs HTTP/1.1\r\nHost: x:port",
                "/api/v1/jobs HTTP/1.1\r\nHost: [::",
                "/api/v1/jobs HTTP/1.1\r\nHost: a@b/c",
                "/api/v1/jobs HTTP/1.1\r\nX: no host",
                "/api/v1/jobs HTTP/1.1\r\nHost: a b:99999999"
            })
    void requestThatCannotBeReadIsAProblem(String request) throws IOException {
        String sent = "GET " + request + "\r\nConnection: close\r\n\r\n";
        try (Socket socket = new Socket("127.0.0.1", STACK.api(0).port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(sent.getBytes(ISO_8859_1));
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("application/problem+json", "\"code\":\"malformed-request\"");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    OPTIONS * HTTP/1.1                     | 404 | not-found
                    CONNECT x:80 HTTP/1.1                  | 404 | not-found
                    POST /q/openapi HTTP/1.1               | 405 | method-not-allowed
                    PUT /q/swagger-ui/ HTTP/1.1            | 405 | method-not-allowed
                    DELETE /q/health/live HTTP/1.1         | 405 | method-not-allowed
                    POST /q/metrics HTTP/1.1               | 405 | method-not-allowed
                    GET /q/metrics HTTP/1.1~Accept: a/b    | 406 | not-acceptable
                    GET /q/nothing HTTP/1.1                | 404 | not-found
                    GET /q/health/none HTTP/1.1            | 404 | not-found
                    GET /q/swagger-ui/none.js HTTP/1.1     | 404 | not-found
                    GET /nothing HTTP/1.1                  | 404 | not-found
                    GET /api/v1/nothing HTTP/1.1           | 404 | not-found
                    GET /api/v1/jobs HTTP/1.1~Accept: a/b  | 406 | not-acceptable
                    """)
    void refusalOutsideTheResourcesIsAProblemToo(String request, String status, String code)
            throws IOException {
        String token = "Authorization: Bearer " + STACK.tokens().admin() + "\r\n";
        String sent =
                request.replace("~", "\r\n")
                        + "\r\nHost: x\r\nConnection: close\r\n"
                        + token
                        + "\r\n";
        try (Socket socket = new Socket("127.0.0.1", STACK.api(0).port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(sent.getBytes(ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
            assertThat(answer)
                    .startsWith("HTTP/1.1 " + status)
                    .contains("application/problem+json", "\"code\":\"%s\"".formatted(code));
            assertThat(answer.toLowerCase(Locale.ROOT).contains("\r\nallow: "))
                    .isEqualTo(status.equals("405"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\0\1\2\3\377\376 garbage \r\n\r\n",
                "\26\3\1\2\0\1\0\1\374\3\3",
                "GET",
                "GET / HTTP/9.9\r\n\r\n",
                "GET /api/v1/jobs\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "GET http://[::bad/ HTTP/1.1\r\nHost: x\r\n{token}\r\n",
                "GET /api/v1/jobs/%zz HTTP/1.1\r\nHost: x\r\n{token}\r\n",
                "GET /api/v1/%zz HTTP/1.1\r\nHost: x\r\n{token}\r\n",
                "GET /api/v1/jobs?limit=%zz HTTP/1.1\r\nHost: x\r\n{token}\r\n",
                "GET /api/v1/jobs?target=%c3%28 HTTP/1.1\r\nHost: x\r\n{token}\r\n",
                "GET /api/v1/%00 HTTP/1.1\r\nHost: x\r\n{token}\r\n",
                "GET /api/v1/jobs HTTP/1.1\r\nHost: a b:99999999\r\n{token}\r\n",
                "GET /api/v1/jobs HTTP/1.1\r\n{token}\r\n",
                "GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\nno colon\r\n{token}\r\n",
                "GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n{token}\r\n",
                "GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\nAccept: ///,;q=x\r\n{token}\r\n",
                "GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\nAccept: ;\r\n{token}\r\n",
                "GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \377\0\r\n\r\n",
                "POST /api/v1/backups HTTP/1.1\r\nHost: x\r\n{token}Content-Length: 100\r\n\r\n{\"half",
                "POST /api/v1/backups HTTP/1.1\r\nHost: x\r\n{token}Content-Length: -1\r\n\r\n",
                "POST /api/v1/backups HTTP/1.1\r\nHost: x\r\n{token}Content-Length: many\r\n\r\n",
                "POST /api/v1/backups HTTP/1.1\r\nHost: x\r\n{token}Content-Length: 2\r\nContent-Length: 3\r\n\r\n[] ",
                "POST /api/v1/backups HTTP/1.1\r\nHost: x\r\n{token}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                "POST /api/v1/backups HTTP/1.1\r\nHost: x\r\n{token}Transfer-Encoding: gzip\r\n\r\n[]",
                "POST /api/v1/backups HTTP/1.1\r\nHost: x\r\n{token}Idempotency-Key: a\177b\r\nContent-Length: 0\r\n\r\n",
                "{long}"
            })
    void whatIsNoRequestIsRefusedOrCutOff(String bytes) throws IOException {
        String token = "Authorization: Bearer " + STACK.tokens().operator() + "\r\n";
        String sent =
                bytes.replace("{token}", token)
                        .replace("{long}", "GET /" + "x".repeat(200_000) + " HTTP/1.1\r\n\r\n");
        try (Socket socket = new Socket("127.0.0.1", STACK.api(0).port())) {
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write(sent.getBytes(ISO_8859_1));
            if (!sent.endsWith("\r\n\r\n")) {
                socket.shutdownOutput();
            }
            InputStream answer = socket.getInputStream();
            String status = new BufferedReader(new InputStreamReader(answer, UTF_8)).readLine();
            if (status != null && status.startsWith("HTTP/")) {
                assertThat(status).matches("HTTP/\\S+ [24]\\d\\d .*");
            }
        } catch (SocketTimeoutException | SocketException waitsOrHungUp) {
            // the server may wait for the rest, or hang up without reading all
        }
    }

    /** Bodies that are nearly right, but for a target: known fields, odd values, bytes changed. */
    private static final class FuzzedBody {
        private static final List<String> FIELDS =
                List.of(
                        "label", "reason", "format", "pinned", "verify", "lable", "", "\\u0000",
                        "$ref");
        private static final List<String> VALUES =
                List.of(
                        "null",
                        "true",
                        "false",
                        "0",
                        "-0",
                        "1e400",
                        "1" + "0".repeat(2_000),
                        "\"\"",
                        "\"lifeos\"",
                        "\"plain\"",
                        "\"custom\"",
                        "\"none\"",
                        "\"restore\"",
                        "\"a\"",
                        "\"\\ud83d\\ude00\"",
                        "\"\\udead\"",
                        "\"\\u0000\"",
                        "\"'; drop table job; --\"",
                        "\"${jndi:ldap://x}\"",
                        "\"%s%n%d\"",
                        "\"" + "y".repeat(600) + "\"",
                        "[]",
                        "{}",
                        "[[[[]]]]",
                        "{\"a\":{\"b\":[1,2]}}",
                        "NaN",
                        "'a'",
                        "");

        static byte[] next(Random random) {
            String body =
                    IntStream.range(0, 1 + random.nextInt(4))
                            .mapToObj(_ ->
                                    "\"%s\":%s".formatted(any(FIELDS, random), any(VALUES, random)))
                            .collect(Collectors.joining(",", "{\"target\":\"nobody\",", "}"));
            byte[] bytes = body.getBytes(UTF_8);
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                bytes = changed(bytes, random);
            }
            return bytes;
        }

        private static byte[] changed(byte[] bytes, Random random) {
            int at = random.nextInt(bytes.length + 1);
            return switch (random.nextInt(4)) {
                case 0, 1 -> Arrays.copyOf(bytes, Math.max(1, at));
                case 2 -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
                    longer[at] = (byte) random.nextInt(256);
                    yield longer;
                }
                default -> {
                    byte[] other = bytes.clone();
                    if (at < other.length) {
                        other[at] ^= (byte) (1 << random.nextInt(8));
                    }
                    yield other;
                }
            };
        }

        private static String any(List<String> list, Random random) {
            return list.get(random.nextInt(list.size()));
        }
    }

    private static RequestSpecification operator() {
        return STACK.given(STACK.tokens().operator());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }

    private static void requireProblem(Response answer, String code, String path, String... named) {
        assertThat(answer.contentType())
                .as(answer.asString())
                .startsWith("application/problem+json");
        Map<String, Object> problem = answer.jsonPath().getMap("$");
        assertThat(problem).containsEntry("code", code);
        ProblemCode known =
                Arrays.stream(ProblemCode.values())
                        .filter(candidate -> candidate.code().equals(code))
                        .findFirst()
                        .orElseThrow();
        assertThat(problem)
                .containsOnlyKeys("type", "title", "status", "detail", "code", "hint", "instance")
                .containsEntry("type", "urn:lifeos-backup:problem:" + code)
                .containsEntry("title", known.title())
                .containsEntry("status", known.status())
                .containsEntry("hint", known.hint());
        assertThat(answer.statusCode()).isEqualTo(known.status());
        String detail = (String) problem.get("detail");
        assertThat(detail).isNotBlank().doesNotContain("Exception", "\tat ");
        assertThat(named).allSatisfy(name -> assertThat(detail).contains(name));
        if (path != null) {
            assertThat(problem).containsEntry("instance", path);
        }
    }
}
