package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the HTTP server refuses by itself is refused with a problem, too. */
class HttpFaultTest {
    private static final Stack STACK = Stack.shared();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    PUT    | /api/v1/backups           | GET HEAD OPTIONS POST
                    DELETE | /api/v1/jobs              | GET HEAD OPTIONS
                    POST   | /api/v1/backups/latest    | DELETE GET HEAD OPTIONS PATCH
                    POST   | /api/v1/backups/x         | DELETE GET HEAD OPTIONS PATCH
                    POST   | /api/v1/backups/x/content | GET HEAD OPTIONS
                    GET    | /api/v1/jobs/x/cancel     | OPTIONS POST
                    TRACE  | /api/v1/jobs/x            | GET HEAD OPTIONS
                    BREW   | /api/v1/workers           | GET HEAD OPTIONS
                    """)
    void wrongMethodIsToldTheRightOnes(String method, String path, String allowed) {
        Response answer = STACK.given(STACK.tokens().admin()).request(method, path);
        assertThat(answer.statusCode()).isEqualTo(405);
        requireProblem(answer, "method-not-allowed");
        assertThat(Set.of(answer.header("Allow").split(", ")))
                .containsExactlyInAnyOrder(allowed.split(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET    | /                        | */*               | 404 | not-found
                    GET    | /nothing                 | text/html         | 404 | not-found
                    GET    | /api                     | */*               | 404 | not-found
                    GET    | /api/v1                  | */*               | 404 | not-found
                    POST   | /api/v1/nothing          | */*               | 404 | not-found
                    GET    | /api/v1/jobs/x/nothing   | */*               | 404 | not-found
                    GET    | /api/v2/jobs             | */*               | 404 | not-found
                    GET    | /q/nothing               | */*               | 404 | not-found
                    GET    | /q/health/nothing        | */*               | 404 | not-found
                    GET    | /q/openapi/nothing       | */*               | 404 | not-found
                    GET    | /q/swagger-ui/nothing.js | */*               | 404 | not-found
                    GET    | /api/v1/jobs             | image/png         | 406 | not-acceptable
                    GET    | /api/v1/jobs             | text/event-stream | 406 | not-acceptable
                    GET    | /api/v1/workers          | text/plain        | 406 | not-acceptable
                    GET    | /q/metrics               | image/png         | 406 | not-acceptable
                    """)
    void everyRefusalIsAProblem(
            String method, String path, String accepted, int status, String code) {
        Response answer =
                STACK.given(STACK.tokens().admin()).accept(accepted).request(method, path);
        assertThat(answer.statusCode()).isEqualTo(status);
        requireProblem(answer, code);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/{x}",
                "/{x}",
                "/api/v1/jobs?target={x}",
                "/%zz",
                "/%",
                "//",
                "/api/v1/%zz",
                "/api/v1/jobs/%z",
                "/api/v1/jobs?limit=%zz",
                "/api/v1/jobs;a=%zz",
                "/api/v1/jobs?target=|",
                "/api/v1/jobs/\\",
                "/q/openapi?x={x}",
                "/q/swagger-ui/{x}",
                "/q/health/%zz",
                "?x",
                "http://[::bad/"
            })
    void uriThatIsNoneIsAProblem(String uri) throws IOException {
        requireProblem(raw(uri, "Host: x\r\n"), "400 ", "malformed-request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Host: a b\r\n",
                "Host: {x}\r\n",
                "Host: %zz\r\n",
                "Host: a/b\r\n",
                "Host: user@a\r\n",
                "Host: a:port\r\n",
                "Host: a:99999999\r\n",
                "Host: [::1\r\n",
                "Host: \u00e4\r\n"
            })
    void hostThatIsNoneIsAProblem(String header) throws IOException {
        for (String path : Set.of("/api/v1/jobs", "/q/openapi", "/q/health/live", "/")) {
            String answer = raw(path, header);
            requireProblem(answer, "400 ", "malformed-request");
            assertThat(answer).contains(header.isEmpty() ? "no header Host" : "no name of a host");
        }
    }

    @Test
    void bodyInACodingThatNobodyReadsIsAProblem() throws IOException {
        String answer = raw("/api/v1/backups", "Host: x\r\nTransfer-Encoding: gzip\r\n");
        requireProblem(answer, "400 ", "malformed-request");
        assertThat(answer).contains("Transfer-Encoding");
    }

    @Test
    void whatIsFarTooLongIsAProblem() throws IOException {
        String long60K = "x".repeat(60_000);
        requireProblem(raw("/" + long60K, "Host: x\r\n"), "414 ", "uri-too-long");
        requireProblem(
                raw("/api/v1/jobs", "Host: x\r\nX: " + long60K + "\r\n"),
                "431 ",
                "headers-too-large");
    }

    /** RFC 9110, section 7.8: a server may ignore it. */
    @ParameterizedTest
    @ValueSource(strings = {"h2c", "websocket", "h2c, websocket", "HTTP/9"})
    void upgradeThatNobodyOffersIsIgnored(String upgrade) throws IOException {
        for (String connection : List.of("", "Connection: Upgrade, HTTP2-Settings\r\n")) {
            String headers =
                    "Host: x\r\n%sUpgrade: %s\r\nHTTP2-Settings: AAMAAABk\r\n"
                            .formatted(connection, upgrade);
            assertThat(raw("/api/v1/jobs", headers)).startsWith("HTTP/1.1 200 ");
        }
    }

    /** RFC 9110, sections 5.6.1 and 12.5.1. */
    @ParameterizedTest
    @ValueSource(strings = {"", " ", ",", ", ,", ",application/json,,"})
    void emptyElementsOfAcceptSayNothing(String accept) {
        for (String path : List.of("/api/v1/jobs", "/api/v1/backups", "/api/v1/coverage")) {
            Response answer = STACK.given(STACK.tokens().viewer()).accept(accept).get(path);
            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
            assertThat(answer.contentType()).startsWith("application/json");
        }
    }

    /** ADR 007. */
    @Test
    void whatIsNoRequestGetsABareStatusAndNothingElse() throws IOException {
        for (String noRequest :
                List.of("hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n")) {
            String answer = sent(noRequest);
            assertThat(answer).startsWith("HTTP/1.").contains(" 400 ").endsWith("\r\n\r\n");
        }
        requireProblem(raw("/api/v1/nothing", "Host: x\r\n"), "404 ", "not-found");
    }

    @Test
    void whatIsRepeatedInADetailIsCut() {
        String name = "n".repeat(5_000);
        Response answer =
                STACK.given(STACK.tokens().operator())
                        .body("{\"" + name + "\": 1}")
                        .post("/api/v1/backups");
        requireProblem(answer, "invalid-field");
        assertShort(answer, "nnnn… is not known");
        answer =
                STACK.given(STACK.tokens().operator())
                        .body("{\"" + name + "\": 1, \"" + name + "\": 2}")
                        .post("/api/v1/backups");
        requireProblem(answer, "malformed-request");
        assertShort(answer, "nnnn…' twice");
        answer =
                STACK.given(STACK.tokens().viewer())
                        .accept("image/" + name)
                        .get("/api/v1/jobs?target=" + name.substring(0, 3_000));
        requireProblem(answer, "not-acceptable");
        assertShort(answer, "nnnn…");
        answer =
                STACK.given(STACK.tokens().operator())
                        .header("Content-Type", "text/" + name)
                        .body("{}".getBytes(UTF_8))
                        .post("/api/v1/backups");
        requireProblem(answer, "unsupported-media-type");
        assertShort(answer, "nnnn…");
    }

    private static void assertShort(Response answer, String named) {
        assertThat(answer.jsonPath().getString("detail")).contains(named).hasSizeLessThan(250);
    }

    private static void requireProblem(Response answer, String code) {
        assertThat(answer.contentType()).startsWith("application/problem+json");
        JsonPath problem = answer.jsonPath();
        assertThat(problem.getString("code")).isEqualTo(code);
        assertThat(problem.getInt("status")).isEqualTo(answer.statusCode());
        assertThat(problem.getString("hint")).isNotBlank();
    }

    private static void requireProblem(String answer, String status, String code) {
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status)
                .containsIgnoringCase("content-type: application/problem+json")
                .contains("\"code\":\"" + code + "\"", "\"hint\":");
    }

    /** As it is written, because no client sends it so. */
    private static String raw(String uri, String headers) throws IOException {
        String request =
                "%s %s HTTP/1.1\r\n%sAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                        .formatted(
                                headers.contains("Transfer") ? "POST" : "GET",
                                uri,
                                headers,
                                STACK.tokens().admin());
        return sent(request);
    }

    private static String sent(String bytes) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", STACK.api(0).port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
