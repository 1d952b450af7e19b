package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The audit tells what became of a call, whether or not anybody heard the answer. */
class AuditTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void callsThatBreakOffInTheirBodyAreKeptAsUnreadable() throws IOException {
        int calls = 30;
        for (int nr = 0; nr < calls; nr++) {
            try (Socket caller =
                    post("/api/v1/retention/runs", "Content-Length: 100\r\n", "{\"half")) {
                assertThat(caller.isConnected()).isTrue();
            }
        }
        // some are gone before anything began to work on them, which takes a while to be told
        await().atMost(SOON.multipliedBy(3))
                .untilAsserted(() ->
                        assertThat(auditOf("/api/v1/retention/runs"))
                                .hasSize(calls)
                                .containsOnly("400 malformed-request"));
    }

    @Test
    void callWhoseCallerLeavesBeforeTheCommitIsKeptOnceWithItsJob() throws Exception {
        String path = "/api/v1/backups";
        try (Connection lock = stack.server().connect(stack.serviceDatabase())) {
            lock.setAutoCommit(false);
            try (Statement statement = lock.createStatement()) {
                statement.execute("LOCK TABLE job IN EXCLUSIVE MODE");
            }
            try (Socket caller = post(path, "Content-Length: 2\r\n", "{}")) {
                assertThat(caller.isConnected()).isTrue();
                await().atMost(SOON).until(AuditTest::somebodyWaitsForTheLock);
            }
            lock.rollback();
        }
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(auditOf(path)).containsExactly("202 null"));
        String job =
                stack.given(stack.tokens().viewer())
                        .get("/api/v1/jobs")
                        .jsonPath()
                        .getString("items[0].id");
        assertThat(stack.awaitJobEnds(job).getString("state")).isEqualTo("SUCCEEDED");
    }

    @Test
    void changeThatWasNotCommittedIsKeptAsWhatItWasAnsweredWith() throws SQLException {
        String backup =
                admin().header("Prefer", "wait=60")
                        .body(Map.of("label", "audited"))
                        .post("/api/v1/backups")
                        .jsonPath()
                        .getString("result.backupId");
        String path = "/api/v1/backups/" + backup;
        try (Connection connection = stack.server().connect(stack.serviceDatabase());
                Statement statement = connection.createStatement()) {
            statement.execute(
                    """
                    CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql
                        AS $$ BEGIN RAISE EXCEPTION 'the server goes down' USING ERRCODE = '57P01'; END $$;
                    CREATE CONSTRAINT TRIGGER fail_at_commit AFTER UPDATE ON backup
                        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_at_commit();
                    """);
            admin().body("{\"pinned\": true}").patch(path).then().statusCode(503);
            statement.execute("DROP TRIGGER fail_at_commit ON backup");
        }
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(auditOf(path))
                                .containsExactly("503 service-database-unavailable"));
        admin().body("{\"pinned\": true}").patch(path).then().statusCode(200);
        assertThat(auditOf(path)).containsExactly("200 null", "503 service-database-unavailable");
    }

    @Test
    void refusedCallIsKeptWithItsCode() {
        stack.given(stack.tokens().viewer()).post("/api/v1/restores").then().statusCode(403);
        admin().body("{\"backup\": \"latest\"}").post("/api/v1/restores").then().statusCode(422);
        admin().body("[").post("/api/v1/restores").then().statusCode(400);
        admin().delete("/api/v1/restores").then().statusCode(405);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(auditOf("/api/v1/restores"))
                                .containsExactlyInAnyOrder(
                                        "403 forbidden",
                                        "422 invalid-field",
                                        "400 malformed-request",
                                        "405 method-not-allowed"));
    }

    private static RequestSpecification admin() {
        return stack.given(stack.tokens().admin());
    }

    /** Status and code of each entry of a path, newest first. */
    private static List<String> auditOf(String path) {
        List<Map<String, Object>> entries =
                admin().get("/api/v1/audit?limit=200").jsonPath().getList("items");
        return entries.stream()
                .filter(entry -> path.equals(entry.get("path")))
                .map(entry -> entry.get("status") + " " + entry.get("code"))
                .toList();
    }

    private static boolean somebodyWaitsForTheLock() {
        return !stack.server()
                .rows(
                        stack.serviceDatabase(),
                        """
                        SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
                        WHERE NOT granted AND datname = current_database() AND relation = 'job'::regclass
                            AND mode = 'RowExclusiveLock'
                        """)
                .isEmpty();
    }

    /** A call by hand, which is broken off when the socket is closed. */
    private static Socket post(String path, String headers, String body) throws IOException {
        Socket socket = new Socket("127.0.0.1", stack.api(0).port());
        String request =
                "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n%s"
                        .formatted(path, stack.tokens().admin(), headers, body);
        socket.getOutputStream().write(request.getBytes(UTF_8));
        socket.getOutputStream().flush();
        return socket;
    }
}
