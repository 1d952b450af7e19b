package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;
import org.lifeos.backup.testing.PostgresServer;

/**
 * A stack with workers that come and go, and what can be seen of a job from outside: its row, its
 * server sessions, its processes, its files. Moments are facts that are waited for, never times.
 */
final class FaultScene {
    /** So that a dead worker's job is taken over soon, and a failed attempt followed at once. */
    private static final Map<String, String> IMPATIENT =
            Map.of("BACKUP_LEASE_SECONDS", "2", "BACKUP_RETRY_DELAY_SECONDS", "0");

    private static final Duration SOON = Duration.ofSeconds(40);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Executor CALLERS = Thread::startVirtualThread;

    private final Stack stack;
    private final List<Stack.Service> workers = new CopyOnWriteArrayList<>();
    private final List<Stack.Service> steady = new CopyOnWriteArrayList<>();

    FaultScene(Stack stack) {
        this.stack = stack;
    }

    /** Starts a stack without a worker: each test starts those that it needs. */
    static FaultScene start(Stack.Setup setup) {
        Map<String, String> environment = new HashMap<>(IMPATIENT);
        environment.putAll(setup.environment());
        return new FaultScene(Stack.start(setup.workers(0).environment(environment)));
    }

    Stack stack() {
        return stack;
    }

    // ---- workers

    Stack.Service worker(String name) {
        return worker(name, Map.of());
    }

    /** Starts a worker; returns when it is ready. */
    Stack.Service worker(String name, Map<String, String> overrides) {
        Stack.Service worker = launch(name, overrides);
        worker.process().awaitReady(worker.port());
        return worker;
    }

    /** Starts a worker that stays from test to test. */
    Stack.Service steadyWorker(String name, Map<String, String> overrides) {
        Stack.Service worker = worker(name, overrides);
        steady.add(worker);
        return worker;
    }

    /** Starts a worker and does not wait for it. */
    Stack.Service launch(String name, Map<String, String> overrides) {
        Map<String, String> environment = new HashMap<>(overrides);
        environment.put("BACKUP_WORKER_NAME", name);
        Stack.Service worker = stack.launchWorker(environment);
        workers.add(worker);
        return worker;
    }

    List<Stack.Service> livingWorkers() {
        return workers.stream().filter(worker -> worker.process().alive()).toList();
    }

    /**
     * Ends the workers of a test and forgets all jobs, backups and files, so that no test sees what
     * another one left.
     */
    void reset() {
        List<Stack.Service> passing =
                workers.stream().filter(worker -> !steady.contains(worker)).toList();
        passing.parallelStream().forEach(worker -> worker.process().close());
        workers.removeAll(passing);
        forgetJobs();
    }

    /** Forgets all jobs, backups and files. */
    void forgetJobs() {
        rows("with gone as (delete from backup returning 1) select count(*) from gone");
        rows("with gone as (delete from job returning 1) select count(*) from gone");
        for (String file : files()) {
            delete(stack.backupFolder().resolve(file));
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The processes below a worker whose program has this name. */
    static List<ProcessHandle> children(Stack.Service worker, String... programs) {
        List<String> names = List.of(programs);
        return worker.process().descendants().stream()
                .filter(child -> names.contains(program(child)))
                .toList();
    }

    /** The one child of a worker whose program has one of these names, as soon as it runs. */
    static ProcessHandle child(Stack.Service worker, String... programs) {
        return await("a child " + List.of(programs) + " of " + worker.process().name())
                .until(() -> children(worker, programs), children -> children.size() == 1)
                .getFirst();
    }

    private static String program(ProcessHandle process) {
        return process.info()
                .command()
                .map(command -> Path.of(command).getFileName().toString())
                .orElse("");
    }

    // ---- calls

    /** Asks for a backup of the target {@code lifeos}; returns the job's id. */
    String submit() {
        return submit(Map.of());
    }

    String submit(Map<String, Object> body) {
        Response answer = stack.given(stack.tokens().operator()).body(body).post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
        return answer.jsonPath().getString("id");
    }

    /** Asks for a backup and holds on until it has ended. */
    Response backUp(Map<String, Object> body) {
        return stack.given(stack.tokens().operator())
                .header("Prefer", "wait=110")
                .body(body)
                .post("/api/v1/backups");
    }

    /** {@link #backUp} by a caller of its own. */
    CompletableFuture<Response> backUpMeanwhile(Map<String, Object> body) {
        return CompletableFuture.supplyAsync(() -> backUp(body), CALLERS);
    }

    Response cancel(String id) {
        return stack.given(stack.tokens().operator()).post("/api/v1/jobs/{id}/cancel", id);
    }

    // ---- what is known of a job

    /** The job when it has ended, whatever happens to services and their database meanwhile. */
    JsonPath ended(String id) {
        awaitJob(id, "finished_at is not null", Duration.ofSeconds(110));
        return Awaitility.await()
                .atMost(SOON)
                .ignoreExceptions()
                .until(
                        () -> stack.given(stack.tokens().viewer()).get("/api/v1/jobs/{id}", id),
                        answer -> answer.statusCode() == 200)
                .jsonPath();
    }

    JsonPath succeeded(String id) {
        JsonPath job = ended(id);
        assertThat(job.getString("state")).as(told(job)).isEqualTo("SUCCEEDED");
        return job;
    }

    JsonPath failed(String id, String code, int attempts) {
        JsonPath job = ended(id);
        assertThat(job.getString("state")).as(told(job)).isEqualTo("FAILED");
        assertThat(job.getString("failure.code")).as(told(job)).isEqualTo(code);
        assertThat(job.getInt("attempt")).as(told(job)).isEqualTo(attempts);
        return job;
    }

    String told(JsonPath job) {
        return job.prettify() + "\n" + stack.logTails();
    }

    /** A column of the job's row, or a text made of several; null when it is null. */
    String jobFact(String id, String expression) {
        return rows("select %s from job where id = '%s'".formatted(expression, id))
                .getFirst()
                .getFirst();
    }

    /** Waits until a condition on the job's row holds. The database may be away in between. */
    void awaitJob(String id, String condition) {
        awaitJob(id, condition, SOON);
    }

    private void awaitJob(String id, String condition, Duration limit) {
        try {
            Awaitility.await(condition)
                    .atMost(limit)
                    .pollInterval(POLL)
                    .ignoreExceptions()
                    .until(() -> "t".equals(jobFact(id, condition)));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "never came about: %s%n%s%n%s"
                            .formatted(
                                    condition,
                                    jobFact(id, "row_to_json(job)::text"),
                                    stack.logTails()),
                    e);
        }
    }

    /** Waits until an attempt of the job runs under a worker of this name. */
    void awaitAttempt(String id, int attempt, String worker) {
        awaitJob(
                id,
                "state = 'RUNNING' and attempt = %d and worker = '%s' and progress->>'phase' <> 'clean-up'"
                        .formatted(attempt, worker));
    }

    List<List<String>> rows(String sql) {
        return stack.server().rows(stack.serviceDatabase(), sql);
    }

    /** The process ids of the server sessions that a job has on the target. */
    List<String> sessions(String id) {
        return sessions(stack.targetServer(), id, "");
    }

    private static List<String> sessions(PostgresServer server, String id, String more) {
        return server
                .rows(
                        "postgres",
                        "select pid from pg_stat_activity where application_name like '%%%s' %s order by pid"
                                .formatted(id, more))
                .stream()
                .map(List::getFirst)
                .toList();
    }

    /** Waits until one pg_dump of the job waits for a table's lock; returns its session. */
    String awaitDumpWaitsForLock(String id) {
        return awaitDumpWaitsForLock(id, "");
    }

    /** As {@link #awaitDumpWaitsForLock(String)}, for a session other than this one. */
    String awaitDumpWaitsForLock(String id, String notSession) {
        return await("pg_dump of job " + id + " waits for a lock")
                .until(
                        () ->
                                sessions(
                                                stack.targetServer(),
                                                id,
                                                "and application_name like 'pg_dump %' and wait_event_type = 'Lock'")
                                        .stream()
                                        .filter(session -> !session.equals(notSession))
                                        .toList(),
                        sessions -> sessions.size() == 1)
                .getFirst();
    }

    // ---- locks

    /** A lock that is held until it is closed. */
    interface Lock extends AutoCloseable {
        @Override
        void close();
    }

    /** Locks a table of the target: pg_dump waits before its first byte. */
    Lock lockTarget() {
        return lock(
                stack.targetServer(),
                stack.targetDatabase(),
                "lock table public.users in access exclusive mode");
    }

    /**
     * Holds back entries into the catalogue: whoever publishes waits after the files are visible
     * and before the commit.
     */
    Lock lockCatalogue() {
        return lock(stack.server(), stack.serviceDatabase(), "lock table backup in share mode");
    }

    /** Holds back what a job's row is to tell: whoever ends a job waits, and so do heartbeats. */
    Lock lockJobs() {
        return lock(stack.server(), stack.serviceDatabase(), "lock table job in share mode");
    }

    private static Lock lock(PostgresServer server, String database, String sql) {
        try {
            Connection connection = server.connect(database);
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
            return () -> {
                try {
                    connection.close();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            };
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until a worker has made a dump visible and waits for the catalogue. */
    Path awaitPublishWaits(String id) {
        await("job " + id + " waits between publish and commit")
                .until(() ->
                        !rows("""
                        select 1 from pg_stat_activity
                        where datname = current_database() and wait_event_type = 'Lock'
                          and query like '%insert into backup%'
                        """)
                                .isEmpty());
        return stack.backupFolder().resolve(jobFact(id, "file"));
    }

    // ---- files

    /** The names in the backup folder, hidden ones too, sorted. Files may come and go meanwhile. */
    List<String> files() {
        String[] names = stack.backupFolder().toFile().list();
        return names == null ? List.of() : Arrays.stream(names).sorted().toList();
    }

    List<String> partialFiles() {
        return files().stream().filter(file -> file.startsWith(".")).toList();
    }

    /** All published files whose manifest names the job. */
    List<Path> dumpsOf(String id) {
        return files().stream()
                .filter(file -> file.endsWith(".sql.gz.manifest.json"))
                .map(stack.backupFolder()::resolve)
                .filter(manifest -> text(manifest).contains(id))
                .map(manifest ->
                        manifest.resolveSibling(
                                manifest.getFileName().toString().replace(".manifest.json", "")))
                .filter(dump -> Files.exists(dump, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    Path onlyDumpOf(String id) {
        List<Path> dumps = dumpsOf(id);
        assertThat(dumps).hasSize(1);
        return dumps.getFirst();
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The size of the largest partial file; 0 while there is none. */
    long largestPartial() {
        return partialFiles().stream()
                .mapToLong(file -> stack.backupFolder().resolve(file).toFile().length())
                .max()
                .orElse(0);
    }

    // ---- content

    /**
     * Gives the target a table that makes its dump larger, by about this many MiB that no
     * compressor makes much smaller than their half.
     */
    void addNoise(int mebibytes) {
        int rows = mebibytes * 1024 * 1024 / 130;
        stack.targetServer()
                .execute(
                        stack.targetDatabase(),
                        """
                        create table public.noise as
                        select n, sha512(n::text::bytea) as bytes from generate_series(1, %d) n
                        """
                                .formatted(rows));
    }

    static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(SOON).pollInterval(POLL);
    }

    /** Looks again and again without a pause, for moments that last less than a millisecond. */
    void spinUntil(String what, BooleanSupplier fact) {
        long end = System.nanoTime() + SOON.toNanos();
        while (!fact.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never came about: " + what + "\n" + stack.logTails());
            }
            Thread.onSpinWait();
        }
    }
}
