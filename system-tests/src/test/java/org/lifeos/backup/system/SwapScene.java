package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;

/**
 * A target whose backup and whose current content are told apart by one question, and workers that
 * take turns: all but one sleep (SIGSTOP), so that it is known who takes the next job.
 */
final class SwapScene implements AutoCloseable {
    static final String BACKED_UP = "backed up 40";
    static final String CURRENT = "current 7";

    /** A marker and a count that must fit together. */
    private static final String QUESTION =
            "SELECT (SELECT content FROM public.marker) || ' ' || (SELECT count(*) FROM public.slowly)";

    /** The check of a row takes its time, so that a restore is long enough to be met. */
    private static final String CONTENT =
            """
            CREATE TABLE public.marker AS SELECT 'backed up'::text AS content;
            CREATE FUNCTION public.slow(n integer) RETURNS boolean LANGUAGE sql AS 'SELECT true';
            CREATE TABLE public.slowly (n integer CHECK (public.slow(n)));
            INSERT INTO public.slowly SELECT n FROM generate_series(1, 40) n;
            CREATE OR REPLACE FUNCTION public.slow(n integer) RETURNS boolean LANGUAGE sql
                AS 'SELECT pg_sleep(0.02) IS NOT NULL';
            """;

    private static final int NOISE_MIB = 4;

    private final FaultScene scene;
    private final Stack stack;
    private final PostgresServer server;
    private final String name;
    private final Connection look;
    private final String backup;
    private Stack.Service next;
    private int workers;

    SwapScene() {
        scene = FaultScene.start(Stack.Setup.standard());
        stack = scene.stack();
        server = stack.targetServer();
        name = stack.targetDatabase();
        try {
            look = stack.server().connect(stack.serviceDatabase());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        server.execute(name, CONTENT);
        scene.addNoise(NOISE_MIB);
        next = scene.worker(nextName());
        backup = backUp(Map.of());
    }

    FaultScene faults() {
        return scene;
    }

    Stack stack() {
        return stack;
    }

    String name() {
        return name;
    }

    String backup() {
        return backup;
    }

    /** Takes a backup; returns its id. */
    String backUp(Map<String, Object> body) {
        Response answer = scene.backUp(body);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath().getString("result.backupId");
    }

    /** Gives the name its current content, whatever it has. */
    void makeCurrent() {
        server.execute(
                name,
                "UPDATE public.marker SET content = 'current'; DELETE FROM public.slowly WHERE n > 7");
        assertThat(content(name)).isEqualTo(CURRENT);
    }

    String content(String database) {
        return server.rows(database, QUESTION).getFirst().getFirst();
    }

    /** Whether the name has a content. While it changes hands it has none. */
    boolean has(String content) {
        try {
            return content(name).equals(content);
        } catch (IllegalStateException e) {
            return false;
        }
    }

    NameWatch watch() {
        return new NameWatch(server, name, QUESTION);
    }

    // ---- workers

    private String nextName() {
        return "worker-" + ++workers;
    }

    /** The only worker that is awake. */
    Stack.Service worker() {
        return next;
    }

    /** Launches another worker, which sleeps as soon as it is ready. */
    Stack.Service sleeper() {
        Stack.Service sleeper = scene.worker(nextName());
        sleeper.process().stop();
        return sleeper;
    }

    /** Kills the worker that is awake and wakes the other one, who is the next. */
    void kill9(Stack.Service heir) {
        next.process().kill9();
        heir.process().cont();
        next = heir;
    }

    /** Tells the worker that is awake to go, and wakes the other one, who is the next. */
    void terminate(Stack.Service heir) {
        heir.process().cont();
        next.process().terminate();
        next = heir;
    }

    // ---- jobs

    String restore() {
        return restore(Map.of());
    }

    /** Asks for a restore of the backup in the place of the target's database. */
    String restore(Map<String, Object> more) {
        Map<String, Object> body = new HashMap<>(Map.of("backup", backup, "confirm", name));
        body.putAll(more);
        return submitted(admin().body(body).post("/api/v1/restores"));
    }

    String rollBack(String restore) {
        return submitted(
                admin().body(Map.of("confirm", name))
                        .post("/api/v1/restores/{id}/rollback", restore));
    }

    static String submitted(Response answer) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
        return answer.jsonPath().getString("id");
    }

    Response cancel(String job) {
        return admin().post("/api/v1/jobs/{id}/cancel", job);
    }

    RequestSpecification admin() {
        return stack.given(stack.tokens().admin());
    }

    /**
     * Looks without a pause until the job's row tells a phase or a later one.
     *
     * @param phase its word; with a blank and the beginning of its message where a job has two of
     *     that word
     * @return the phase that it tells now, or the job's state when it has ended
     */
    String awaitPhase(String job, String phase) {
        String[] seen = new String[1];
        scene.spinUntil(
                "phase %s of job %s".formatted(phase, job),
                () -> {
                    seen[0] = phaseOf(job);
                    return seen[0].startsWith(phase) || seen[0].equals("ended");
                });
        return seen[0];
    }

    String phaseOf(String job) {
        try (PreparedStatement statement =
                look.prepareStatement(
                        """
                        select case when finished_at is not null then 'ended'
                               else coalesce((progress->>'phase') || ' ' || (progress->>'message'), '') end
                        from job where id = ?::uuid
                        """)) {
            statement.setString(1, job);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A moment in milliseconds, for what no row tells. */
    static void delay(Random random, int atMostMs) {
        LockSupport.parkNanos(random.nextInt(1 + atMostMs * 1_000_000));
    }

    // ---- what is left

    /** The restore came about: the name has the backup's content, and each trace is there once. */
    void restored(String what, String id) {
        JsonPath job = scene.succeeded(id);
        assertThat(content(name)).as(what).isEqualTo(BACKED_UP);
        nothingUnfinished(what);
        String previous = job.getString("result.previousDatabase");
        assertThat(before()).as(what).containsExactly(previous);
        assertThat(content(previous)).as(what).isEqualTo(CURRENT);
        assertThat(safetyRows(id))
                .as(what)
                .containsExactly(List.of(job.getString("result.safetyBackupId"), "AVAILABLE"));
        assertThat(safetyFiles(id)).as(what).hasSize(1);
    }

    /** The restore did not come about: nothing of it is there. */
    void untouched(String what, String id) {
        assertThat(content(name)).as(what).isEqualTo(CURRENT);
        nothingUnfinished(what);
        assertThat(safetyRows(id)).as(what).noneMatch(row -> row.getLast().equals("AVAILABLE"));
        assertThat(safetyFiles(id)).as(what).isEmpty();
    }

    /** No side database, no partial file, no role of a trial, no session of a job. */
    void nothingUnfinished(String what) {
        assertThat(databases("lifeos\\_restore\\_%")).as(what).isEmpty();
        assertThat(Stack.filesIn(stack.backupFolder()))
                .as(what)
                .noneMatch(file -> Path.of(file).getFileName().toString().startsWith("."));
        Eventually.eventually(
                Duration.ofSeconds(10),
                () ->
                        server.rows(
                                "postgres",
                                """
                                select datname, application_name, query from pg_stat_activity
                                where application_name ~ '^(pg_dump|pg_dumpall|psql|backup-worker) ' and datname like '%s%%'
                                """
                                        .formatted(name)),
                List::isEmpty);
    }

    /** What was replaced and kept. */
    List<String> before() {
        return databases(name.replace("_", "\\_") + "\\_before\\_%");
    }

    List<String> databases(String like) {
        return server
                .rows(
                        "postgres",
                        "SELECT datname FROM pg_database WHERE datname LIKE '%s'".formatted(like))
                .stream()
                .map(List::getFirst)
                .toList();
    }

    private List<List<String>> safetyRows(String job) {
        return scene.rows(
                "select id, state from backup where job_id = '%s' and kind = 'safety'"
                        .formatted(job));
    }

    private List<String> safetyFiles(String job) {
        return Stack.filesIn(stack.backupFolder()).stream()
                .filter(file -> file.startsWith("safety/") && file.endsWith(".sql.gz"))
                .filter(file ->
                        FaultScene.text(stack.backupFolder().resolve(file + ".manifest.json"))
                                .contains(job))
                .toList();
    }

    Path fileOf(String backupId) {
        Path file =
                stack.backupFolder()
                        .resolve(
                                admin().get("/api/v1/backups/{id}", backupId)
                                        .jsonPath()
                                        .getString("file.name"));
        assertThat(Files.isRegularFile(file)).isTrue();
        return file;
    }

    @Override
    public void close() {
        try {
            look.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } finally {
            stack.close();
        }
    }
}
