package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.response.Response;
import java.io.IOException;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lifeos.backup.system.Stack.Service;
import org.lifeos.backup.testing.FreePorts;
import org.lifeos.backup.testing.ServiceProcess;

/** How the two services start, refuse to start, and stop. */
@TestMethodOrder(OrderAnnotation.class)
class StartTest {
    private static final Duration REFUSAL = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(10);
    private static final String SECRET = "s3cret-nobody-may-see";

    /** An empty service database, and no service. */
    private static Stack stack;

    /** They wait for a database that never comes, while the other tests run. */
    private static List<Service> withoutDatabase;

    @BeforeAll
    static void start() {
        stack = Stack.start(Stack.Setup.standard().apis(0).workers(0));
        Map<String, String> nowhere = Map.of("BACKUP_DB_PORT", "" + FreePorts.next());
        withoutDatabase = List.of(stack.launchApi(nowhere), stack.launchWorker(nowhere));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    api    | BACKUP_TOKENS             | ``                            | BACKUP_TOKENS is not set
                    api    | BACKUP_TOKENS             | # nobody                      | BACKUP_TOKENS
                    api    | BACKUP_TOKENS             | admin:s3cret-nobody-may-see   | BACKUP_TOKENS: line 1
                    api    | BACKUP_TOKENS             | a:boss:s3cret-nobody-may-see  | BACKUP_TOKENS: line 1
                    api    | BACKUP_TOKENS             | a:admin:sha256:s3cret-nobody-may-see | BACKUP_TOKENS: line 1
                    api    | BACKUP_TOKENS_FILE        | /nowhere/tokens               | BACKUP_TOKENS
                    api    | BACKUP_API_PORT           | eighty                        | BACKUP_API_PORT
                    api    | BACKUP_API_PORT           | 65536                         | BACKUP_API_PORT
                    api    | BACKUP_TARGETS            | app,App_2                     | BACKUP_TARGETS
                    api    | BACKUP_DB_PORT            | 0                             | BACKUP_DB_PORT
                    api    | BACKUP_DB_PASSWORD        | s3cret-nobody-may-see         | BACKUP_DB_
                    api    | BACKUP_DB_NAME            | no_such_database              | BACKUP_DB_
                    api    | BACKUP_DB_PASSWORD_FILE   | /nowhere/password             | BACKUP_DB_PASSWORD
                    worker | BACKUP_WORKER_PORT        | -1                            | BACKUP_WORKER_PORT
                    worker | BACKUP_WORKER_CONCURRENCY | 0                             | BACKUP_WORKER_CONCURRENCY
                    worker | BACKUP_LEASE_SECONDS      | soon                          | BACKUP_LEASE_SECONDS
                    worker | BACKUP_TARGETS            | ../etc                        | BACKUP_TARGETS
                    worker | LIFEOS_DB_PORT            | 99999                         | LIFEOS_DB_PORT
                    worker | LIFEOS_DB_PASSWORD_FILE   | /nowhere/password             | LIFEOS_DB_PASSWORD
                    worker | BACKUP_DB_PASSWORD        | s3cret-nobody-may-see         | BACKUP_DB_
                    worker | TZ                        | Mars/Olympus_Mons             | TZ
                    """)
    void wrongConfigurationStopsTheStartWithOneLine(
            String service, String variable, String value, String named) {
        Map<String, String> wrong = Map.of(variable, value);
        refuses(service.equals("api") ? stack.launchApi(wrong) : stack.launchWorker(wrong), named);
    }

    @Test
    void portThatIsTakenStopsTheStartWithOneLine() throws IOException {
        try (ServerSocket socket = new ServerSocket(FreePorts.next())) {
            String port = Integer.toString(socket.getLocalPort());
            Map<String, String> taken =
                    Map.of("BACKUP_API_HOST", "0.0.0.0", "BACKUP_API_PORT", port);
            refuses(stack.launchApi(taken), "BACKUP_API_PORT");
            refuses(stack.launchWorker(Map.of("BACKUP_WORKER_PORT", port)), "BACKUP_WORKER_PORT");
        }
    }

    @Test
    void hostThatDoesNotExistStopsTheStartWithOneLine() {
        refuses(
                stack.launchApi(Map.of("BACKUP_API_HOST", "no-such-host.invalid")),
                "BACKUP_API_PORT");
    }

    @Test
    void databaseUserThatMayNotMigrateStopsTheStartWithOneLine() {
        String database = "without_rights";
        stack.server().createDatabase(database);
        stack.server()
                .execute(
                        database,
                        "create role powerless login password 'powerless-word'; revoke create on schema public from public");
        refuses(
                stack.launchApi(
                        Map.of(
                                "BACKUP_DB_NAME", database,
                                "BACKUP_DB_USER", "powerless",
                                "BACKUP_DB_PASSWORD", "powerless-word")),
                "schema");
    }

    @Test
    void everythingThatIsWrongIsSaidInTheSameLine() {
        Service worker =
                stack.launchWorker(
                        Map.of("BACKUP_DB_PORT", "x", "TZ", "Nowhere", "BACKUP_TARGETS", "a b"));
        assertThat(refuses(worker, "TZ")).contains("BACKUP_DB_PORT", "BACKUP_TARGETS");
    }

    /** The last one, because by then these services have waited long enough. */
    @Test
    @Order(Integer.MAX_VALUE)
    void unreachableDatabaseIsWaitedForAndThenNamed() {
        withoutDatabase.forEach(service -> refuses(service, "BACKUP_DB_"));
    }

    @Test
    void servicesStartInAnyOrderOnAnEmptyDatabaseAndStopWithWorkAtHand() throws SQLException {
        Service worker = stack.launchWorker(Map.of());
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> answers(worker, "live") == 200);
        assertThat(answers(worker, "ready")).isEqualTo(503);

        List<Service> apis = List.of(stack.launchApi(Map.of()), stack.launchApi(Map.of()));
        apis.forEach(api -> api.process().awaitReady(api.port()));
        worker.process().awaitReady(worker.port());

        try (Connection _ = stack.lockTarget()) {
            Response accepted =
                    stack.given(stack.tokens().operator(), apis.getLast()).post("/api/v1/backups");
            String id = accepted.path("id");
            await().atMost(Duration.ofSeconds(20)).until(() -> stateOf(id).equals("RUNNING"));
            CompletableFuture<Integer> waiting =
                    CompletableFuture.supplyAsync(() ->
                            stack.given(stack.tokens().viewer(), apis.getFirst())
                                    .header("Prefer", "wait=600")
                                    .get("/api/v1/jobs/" + id)
                                    .statusCode());
            await().atMost(Duration.ofSeconds(20)).until(() -> requestsOf(apis.getFirst()) > 1);
            stops(worker.process());
            assertThat(stateOf(id)).isEqualTo("QUEUED");
            assertThat(Stack.filesIn(stack.backupFolder())).isEmpty();
            apis.forEach(api -> stops(api.process()));
            assertThat(waiting.handle((_, _) -> "no caller is left hanging"))
                    .succeedsWithin(Duration.ofSeconds(5));
        }
    }

    /** Waits for the end; returns the one line it said. */
    private static String refuses(Service service, String named) {
        assertThat(service.process().exitCode(REFUSAL)).isNotZero();
        String said = service.process().log();
        assertThat(said.lines()).as(said).hasSize(1);
        assertThat(said).contains("cannot start", named).doesNotContain(SECRET);
        assertThat(stack.secrets()).noneMatch(said::contains);
        return said;
    }

    private static void stops(ServiceProcess process) {
        long begun = System.nanoTime();
        // a JVM that ends on SIGTERM says so in its code
        assertThat(process.terminate()).isIn(0, 128 + 15);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(STOP);
    }

    private static int answers(Service service, String question) {
        return stack.given(service).get("/q/health/" + question).statusCode();
    }

    /** The requests under way, that for the metrics among them. */
    private static int requestsOf(Service api) {
        return stack.given(stack.tokens().viewer(), api)
                .get("/q/metrics")
                .asString()
                .lines()
                .filter(line -> line.startsWith("http_server_active_requests"))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private static String stateOf(String job) {
        return stack.server()
                .rows(
                        stack.serviceDatabase(),
                        "SELECT state FROM job WHERE id = '%s'".formatted(job))
                .getFirst()
                .getFirst();
    }
}
