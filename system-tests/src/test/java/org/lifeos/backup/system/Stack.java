package org.lifeos.backup.system;

import io.restassured.RestAssured;
import io.restassured.config.HttpClientConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.lifeos.backup.testing.FreePorts;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.ProjectRoot;
import org.lifeos.backup.testing.ServiceProcess;

/**
 * The whole service as a user runs it: the real jars as processes, a service database, a target
 * database with the sample content, and a LIFEOS_HOME, told to each other by environment variables
 * alone.
 *
 * <p>{@link #shared()} is for tests that disturb nothing; the others {@link #start} one of their
 * own. Databases have a name of their own in each stack, so stacks share servers and do not meet.
 *
 * <pre>{@code
 * try (Stack stack = Stack.start(Stack.Setup.standard().workers(2))) {
 *     stack.given(stack.tokens().operator()).post("/api/v1/backups").then().statusCode(202);
 * }
 * }</pre>
 */
public final class Stack implements AutoCloseable {
    private static final Path ROOT = ProjectRoot.find();
    private static final Path API_JAR =
            ROOT.resolve("backup-api/target/quarkus-app/quarkus-run.jar");
    private static final Path WORKER_JAR =
            ROOT.resolve("backup-worker/target/quarkus-app/quarkus-run.jar");
    private static final Path SAMPLE = ROOT.resolve("scripts/support/sample-database.sql");

    private static final String TEMPLATE = "lifeos_template";
    private static final String TARGET_USER = "lifeos";
    private static final String TARGET_PASSWORD = "target-password-nobody-may-see";
    private static final String SERVICE_USER = "backup";
    private static final String SERVICE_PASSWORD = "service-password-nobody-may-see";

    private static final Duration JOB_LIMIT = Duration.ofMinutes(2);
    private static final int CONNECT_MS = 5_000;
    private static final int ANSWER_MS = 120_000;
    private static final Set<String> ENDED = Set.of("SUCCEEDED", "FAILED", "CANCELLED");
    private static final Pattern IMAGE_OPTIONS = Pattern.compile("JAVA_TOOL_OPTIONS=\"([^\"]*)\"");
    private static final AtomicInteger STACKS = new AtomicInteger();

    private static Stack shared;

    /**
     * A secret for each role; the tokens' names are {@code viewer}, {@code operator} and {@code
     * admin}.
     */
    public record Tokens(String viewer, String operator, String admin) {}

    /** A service and the loopback port of its HTTP server. */
    public record Service(ServiceProcess process, int port) {
        public String url() {
            return "http://127.0.0.1:" + port;
        }
    }

    /**
     * What a stack begins with.
     *
     * @param server holds the service's database
     * @param targetServer holds the target; another one where a test stops it
     * @param environment of all API and worker processes, over the stack's own
     * @param asInImages whether the JVMs have the options of the images, instead of quick ones
     */
    public record Setup(
            int apis,
            int workers,
            PostgresServer server,
            PostgresServer targetServer,
            Map<String, String> environment,
            boolean asInImages,
            boolean schedules) {

        /** One API and one worker on the shared server. */
        public static Setup standard() {
            PostgresServer server = PostgresServer.shared();
            return new Setup(1, 1, server, server, Map.of(), false, false);
        }

        public Setup apis(int count) {
            return new Setup(
                    count, workers, server, targetServer, environment, asInImages, schedules);
        }

        public Setup workers(int count) {
            return new Setup(apis, count, server, targetServer, environment, asInImages, schedules);
        }

        public Setup server(PostgresServer other) {
            return new Setup(
                    apis, workers, other, targetServer, environment, asInImages, schedules);
        }

        public Setup targetServer(PostgresServer other) {
            return new Setup(apis, workers, server, other, environment, asInImages, schedules);
        }

        public Setup environment(Map<String, String> overrides) {
            return new Setup(
                    apis,
                    workers,
                    server,
                    targetServer,
                    Map.copyOf(overrides),
                    asInImages,
                    schedules);
        }

        /** JVMs as the images start them: what is measured is what runs. */
        public Setup jvmsAsInImages() {
            return new Setup(apis, workers, server, targetServer, environment, true, schedules);
        }

        /** With the schedules that come with the service; else none of them is enabled. */
        public Setup withSchedules() {
            return new Setup(apis, workers, server, targetServer, environment, asInImages, true);
        }
    }

    private final int number = STACKS.incrementAndGet();
    private final Setup setup;
    private final Path home;
    private final Tokens tokens = new Tokens(secret(), secret(), secret());
    private final List<Service> apis = new CopyOnWriteArrayList<>();
    private final List<Service> workers = new CopyOnWriteArrayList<>();
    private final List<String> databasesBeside = new CopyOnWriteArrayList<>();

    private Stack(Setup setup) {
        this.setup = setup;
        try {
            this.home = Files.createTempDirectory("life-os-");
            Files.createDirectories(backupFolder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The stack that all tests of this JVM share: one API, one worker. Nobody may disturb or close
     * it.
     */
    public static synchronized Stack shared() {
        if (shared == null) {
            Stack stack = start();
            // The servers end with the JVM too, so there are no databases to drop.
            Runtime.getRuntime()
                    .addShutdownHook(
                            new Thread(() -> {
                                stack.endServices();
                                stack.removeHome();
                            }));
            shared = stack;
        }
        return shared;
    }

    /** Starts one API and one worker. */
    public static Stack start() {
        return start(Setup.standard());
    }

    /**
     * Starts a stack; returns when all its services are ready.
     *
     * @throws IllegalStateException with the end of its log when a service does not start, or when
     *     the jars are not built
     */
    public static Stack start(Setup setup) {
        Stack stack = new Stack(setup);
        try {
            stack.createDatabases();
            // All at once: two APIs that migrate the same database at the same moment are the
            // normal case.
            for (int i = 0; i < setup.apis(); i++) {
                stack.launchApi(Map.of());
            }
            stack.apis.forEach(Stack::awaitReady);
            if (setup.apis() > 0 && !setup.schedules()) {
                stack.silenceSchedules();
            }
            for (int i = 0; i < setup.workers(); i++) {
                stack.launchWorker(Map.of());
            }
            stack.workers.forEach(Stack::awaitReady);
            return stack;
        } catch (RuntimeException e) {
            try {
                stack.close();
            } catch (RuntimeException consequence) {
                e.addSuppressed(consequence);
            }
            throw e;
        }
    }

    /** No job appears that no test asked for, whatever the time of day is. */
    private void silenceSchedules() {
        setup.server().execute(serviceDatabase(), "update schedule set enabled = false");
    }

    /** Starts another API; returns when it is ready. */
    public Service startApi(Map<String, String> overrides) {
        return awaitReady(launchApi(overrides));
    }

    /** Starts another worker; returns when it is ready. */
    public Service startWorker(Map<String, String> overrides) {
        return awaitReady(launchWorker(overrides));
    }

    /** Starts another API and does not wait: for one that is to refuse its start. */
    public Service launchApi(Map<String, String> overrides) {
        int port = FreePorts.next();
        Map<String, String> environment = commonEnvironment();
        environment.put("BACKUP_API_HOST", "127.0.0.1");
        environment.put("BACKUP_API_PORT", Integer.toString(port));
        environment.put(
                "BACKUP_TOKENS",
                """
                viewer:viewer:%s
                operator:operator:%s
                admin:admin:%s
                """
                        .formatted(tokens.viewer(), tokens.operator(), tokens.admin()));
        String name = "stack-%d-api-%d".formatted(number, apis.size() + 1);
        return launch(name, API_JAR, port, environment, overrides, apis);
    }

    /** Starts another worker and does not wait: for one that is to refuse its start. */
    public Service launchWorker(Map<String, String> overrides) {
        int port = FreePorts.next();
        int count = workers.size() + 1;
        Map<String, String> environment = commonEnvironment();
        environment.put("PATH", toolPath());
        environment.put("BACKUP_WORKER_NAME", "worker-" + count);
        environment.put("BACKUP_WORKER_PORT", Integer.toString(port));
        environment.put("LIFEOS_DB_HOST", setup.targetServer().host());
        environment.put("LIFEOS_DB_PORT", Integer.toString(setup.targetServer().port()));
        environment.put("LIFEOS_DB_NAME", targetDatabase());
        environment.put("LIFEOS_DB_USER", TARGET_USER);
        environment.put("LIFEOS_DB_PASSWORD", TARGET_PASSWORD);
        String name = "stack-%d-worker-%d".formatted(number, count);
        return launch(name, WORKER_JAR, port, environment, overrides, workers);
    }

    /** The API that was started as number n, from 0. */
    public Service api(int n) {
        return apis.get(n);
    }

    /** The worker that was started as number n, from 0. */
    public Service worker(int n) {
        return workers.get(n);
    }

    public Tokens tokens() {
        return tokens;
    }

    /**
     * Every password and token of this stack: none may be found in logs, answers, files or command
     * lines.
     */
    public List<String> secrets() {
        return List.of(
                TARGET_PASSWORD,
                SERVICE_PASSWORD,
                tokens.viewer(),
                tokens.operator(),
                tokens.admin());
    }

    /**
     * A JSON request with a token to the first API that is alive; paths are whole ({@code
     * /api/v1/…}).
     */
    public RequestSpecification given(String token) {
        return given(token, aliveApi());
    }

    /** A JSON request with a token to a certain API. */
    public RequestSpecification given(String token, Service api) {
        return given(api).header("Authorization", "Bearer " + token);
    }

    /** A JSON request without a token to a certain API. */
    public RequestSpecification given(Service api) {
        HttpClientConfig timeouts =
                HttpClientConfig.httpClientConfig()
                        .setParam("http.connection.timeout", CONNECT_MS)
                        .setParam("http.socket.timeout", ANSWER_MS);
        return RestAssured.given()
                .config(RestAssuredConfig.config().httpClient(timeouts))
                .baseUri(api.url())
                .contentType(ContentType.JSON);
    }

    /** A job as the API tells it now. */
    public JsonPath job(String id) {
        return given(tokens.viewer())
                .get("/api/v1/jobs/{id}", id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    /**
     * Waits until a job is SUCCEEDED, FAILED or CANCELLED, whatever happens to services meanwhile.
     *
     * @return the job
     * @throws AssertionError with the job and the services' logs when that takes more than two
     *     minutes
     */
    public JsonPath awaitJobEnds(String id) {
        try {
            return Awaitility.await()
                    .atMost(JOB_LIMIT)
                    .pollInterval(Duration.ofMillis(100))
                    // An API that is killed while it answers; the next question goes to another
                    // one.
                    .ignoreExceptionsMatching(IOException.class::isInstance)
                    .until(() -> job(id), job -> ENDED.contains(job.getString("state")));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "job %s has not ended:%n%s%n%s".formatted(id, job(id).prettify(), logTails()),
                    e);
        }
    }

    /** LIFEOS_HOME of all services. */
    public Path home() {
        return home;
    }

    public Path backupFolder() {
        return home.resolve("backups/postgres");
    }

    /**
     * All files below a folder, hidden ones too, by their path in it, sorted; none when the folder
     * is absent.
     */
    public static List<String> filesIn(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> !Files.isDirectory(file))
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public PostgresServer server() {
        return setup.server();
    }

    public PostgresServer targetServer() {
        return setup.targetServer();
    }

    /** The name of the service's own database on {@link #server()}. */
    public String serviceDatabase() {
        return "lifeos_backup_" + number;
    }

    /** The name of the database that the target {@code lifeos} is, on {@link #targetServer()}. */
    public String targetDatabase() {
        return "lifeos_" + number;
    }

    /**
     * Restores a dump as the old runbook does, {@code gunzip -c FILE | psql}, with errors fatal.
     *
     * @return the name of the new database on {@link #targetServer()}, dropped when the stack is
     *     closed
     */
    public String restoreBeside(Path dump) {
        String database = "%s_beside_%d".formatted(targetDatabase(), databasesBeside.size() + 1);
        databasesBeside.add(database);
        createOwned(targetServer(), database, TARGET_USER);
        targetServer().runScript(database, TARGET_USER, TARGET_PASSWORD, dump);
        return database;
    }

    /** While it is open, backups of the target {@code lifeos} wait for a lock on a table. */
    public Connection lockTarget() {
        try {
            Connection connection = targetServer().connect(targetDatabase());
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("LOCK TABLE public.users IN ACCESS EXCLUSIVE MODE");
            }
            return connection;
        } catch (SQLException e) {
            throw new IllegalStateException("cannot lock a table: " + e.getMessage(), e);
        }
    }

    /** The machine's PATH with the server's own tools first, as the workers have it. */
    public String toolPath() {
        String path = System.getenv().getOrDefault("PATH", "");
        return targetServer().bin().map(bin -> bin + ":" + path).orElse(path);
    }

    /** The ends of all services' logs, for messages. */
    public String logTails() {
        return services()
                .map(service ->
                        "== %s%n%s".formatted(service.process(), service.process().logTail()))
                .collect(Collectors.joining("\n"));
    }

    /** Ends all services and removes their databases and files. */
    @Override
    public void close() {
        if (this == shared) {
            throw new IllegalStateException(
                    "other tests use the shared stack: start one of your own");
        }
        endServices();
        removeHome();
        dropAll(server(), serviceDatabase());
        dropAll(targetServer(), targetDatabase());
    }

    private Map<String, String> commonEnvironment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("BACKUP_DB_HOST", server().host());
        environment.put("BACKUP_DB_PORT", Integer.toString(server().port()));
        environment.put("BACKUP_DB_NAME", serviceDatabase());
        environment.put("BACKUP_DB_USER", SERVICE_USER);
        environment.put("BACKUP_DB_PASSWORD", SERVICE_PASSWORD);
        environment.put("LIFEOS_HOME", home.toString());
        environment.put("BACKUP_LEASE_SECONDS", "3");
        environment.put("BACKUP_RETRY_DELAY_SECONDS", "1");
        // A test that counts jobs and files wants those it asked for.
        environment.put("BACKUP_VERIFY_AFTER_BACKUP", "none");
        return environment;
    }

    private Service launch(
            String name,
            Path jar,
            int port,
            Map<String, String> environment,
            Map<String, String> overrides,
            List<Service> list) {
        environment.putAll(setup.environment());
        environment.putAll(overrides);
        List<String> options = setup.asInImages() ? imageOptions(jar) : ServiceProcess.SHORT_LIVED;
        Service service = new Service(ServiceProcess.start(name, jar, environment, options), port);
        list.add(service);
        return service;
    }

    /** The JVM options that the Dockerfile beside a jar's target folder sets. */
    private static List<String> imageOptions(Path jar) {
        Path dockerfile = jar.getParent().getParent().resolveSibling("Dockerfile");
        try {
            Matcher options = IMAGE_OPTIONS.matcher(Files.readString(dockerfile));
            if (!options.find()) {
                throw new IllegalStateException(dockerfile + " sets no JAVA_TOOL_OPTIONS");
            }
            return List.of(options.group(1).split(" "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Service awaitReady(Service service) {
        service.process().awaitReady(service.port());
        return service;
    }

    private Service aliveApi() {
        return apis.stream()
                .filter(api -> api.process().alive())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no API is alive\n" + logTails()));
    }

    private Stream<Service> services() {
        return Stream.concat(apis.stream(), workers.stream());
    }

    private void createDatabases() {
        // The service's role may do nothing but own its database; the target's is a superuser, as
        // the one that the
        // postgres image makes of POSTGRES_USER.
        createRole(server(), SERVICE_USER, SERVICE_PASSWORD, "");
        createRole(targetServer(), TARGET_USER, TARGET_PASSWORD, "SUPERUSER");
        createOwned(server(), serviceDatabase(), SERVICE_USER);
        loadTemplate(targetServer());
        targetServer().createDatabaseFrom(TEMPLATE, targetDatabase());
        own(targetServer(), targetDatabase(), TARGET_USER);
    }

    private static synchronized void loadTemplate(PostgresServer server) {
        if (exists(server, "SELECT FROM pg_database WHERE datname = '%s'".formatted(TEMPLATE))) {
            return;
        }
        String loading = TEMPLATE + "_loading";
        server.dropDatabase(loading);
        createOwned(server, loading, TARGET_USER);
        server.runScript(loading, TARGET_USER, TARGET_PASSWORD, SAMPLE);
        server.execute("postgres", "ALTER DATABASE %s RENAME TO %s".formatted(loading, TEMPLATE));
    }

    private static synchronized void createRole(
            PostgresServer server, String role, String password, String options) {
        if (!exists(server, "SELECT FROM pg_roles WHERE rolname = '%s'".formatted(role))) {
            server.execute(
                    "postgres",
                    "CREATE ROLE %s LOGIN %s PASSWORD '%s'".formatted(role, options, password));
        }
    }

    private static void createOwned(PostgresServer server, String database, String owner) {
        server.createDatabase(database);
        own(server, database, owner);
    }

    private static void own(PostgresServer server, String database, String owner) {
        server.execute("postgres", "ALTER DATABASE %s OWNER TO %s".formatted(database, owner));
    }

    private static boolean exists(PostgresServer server, String sql) {
        return !server.rows("postgres", sql).isEmpty();
    }

    /** Drops a database and those that were made beside it, whose names begin with its own. */
    private static void dropAll(PostgresServer server, String database) {
        List<List<String>> names =
                server.rows(
                        "postgres",
                        "SELECT datname FROM pg_database WHERE datname = '%1$s' OR datname LIKE '%1$s\\_%%'"
                                .formatted(database));
        names.forEach(name -> server.dropDatabase(name.getFirst()));
    }

    private void endServices() {
        services().parallel().forEach(service -> service.process().close());
    }

    private void removeHome() {
        if (!Files.exists(home)) {
            return;
        }
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String secret() {
        return "token-" + UUID.randomUUID();
    }
}
