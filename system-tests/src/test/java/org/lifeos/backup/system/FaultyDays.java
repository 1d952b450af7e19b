package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;

/**
 * A service with two workers, an API and two servers of its own, all of which may be killed, and a
 * target whose content is either the backed up one or the current one.
 */
final class FaultyDays implements AutoCloseable {
    private static final String BACKED_UP = "backed up";
    private static final String CURRENT = "current";
    private static final int NOISE_MIB = 8;
    private static final int WORKERS = 2;
    private static final Duration BEYOND_THE_LEASE = Duration.ofMillis(3_500);
    private static final Duration SOON = Duration.ofSeconds(30);

    /** A marker and rows that must fit together. */
    private static final String QUESTION =
            """
            select case when content = 'current' and (select max(n) from public.noise where n < 0) = -1 then 'current'
                        when content = 'backed up' and not exists (select from public.noise where n < 0) then 'backed up'
                        else 'a mixture' end
            from public.marker
            """;

    private final PostgresServer service = PostgresServer.start();
    private final PostgresServer target = PostgresServer.start();
    private final FaultScene scene;
    private final Stack stack;
    private final String backup;
    private final Map<Stack.Service, String> names = new HashMap<>();
    private final Duration ofBackup;
    private final Duration ofRestore;
    private Stack.Service api;
    private int workers;

    FaultyDays() {
        scene = FaultScene.start(Stack.Setup.standard().server(service).targetServer(target));
        stack = scene.stack();
        api = stack.api(0);
        target.execute(
                stack.targetDatabase(),
                "create table public.marker as select 'backed up'::text as content");
        scene.addNoise(NOISE_MIB);
        allAreThere();
        undisturbed(false);
        JsonPath first = undisturbed(false);
        backup = first.getString("result.backupId");
        ofBackup = Duration.ofMillis(first.getLong("result.durationMs"));
        long start = System.nanoTime();
        undisturbed(true);
        ofRestore = Duration.ofNanos(System.nanoTime() - start);
    }

    JsonPath undisturbed(boolean restore) {
        return scene.succeeded(restore ? submitRestore() : scene.submit());
    }

    /**
     * Lets a fault happen at a moment of a backup or restore, brings back what it has ended, and
     * waits for the job's end.
     *
     * @param moment from 0, when the job starts, to 1, when it would have ended
     * @return the job
     * @throws AssertionError when anything is lost
     */
    JsonPath disturb(String what, Fault fault, boolean restore, double moment) {
        allAreThere();
        makeCurrent();
        String id = restore ? submitRestore() : scene.submit();
        scene.awaitJob(id, "state <> 'QUEUED'");
        LockSupport.parkNanos((long) ((restore ? ofRestore : ofBackup).toNanos() * moment));
        happen(fault, id);
        allAreThere();
        JsonPath job = scene.ended(id);
        assertThat(job.getString("state"))
                .as("%s: %s", what, job.prettify())
                .isIn("SUCCEEDED", "FAILED");
        nothingIsLost(what, id, job, restore);
        return job;
    }

    private void happen(Fault fault, String id) {
        switch (fault) {
            case WORKER_KILLED -> workerOf(id).process().kill9();
            case API_KILLED -> killApis();
            case DUMP_KILLED -> killChild(id, "pg_dump");
            case PSQL_KILLED -> killChild(id, "psql");
            case COMPRESSOR_KILLED -> killChild(id, "igzip", "pigz");
            case SERVICE_SERVER_KILLED -> service.kill9();
            case TARGET_SERVER_KILLED -> target.kill9();
            case ALL_KILLED -> {
                scene.livingWorkers().forEach(worker -> worker.process().kill9());
                killApis();
                service.kill9();
                target.kill9();
            }
            case WORKER_TOLD_TO_GO -> workerOf(id).process().terminate();
            case WORKER_ASLEEP -> {
                Stack.Service worker = workerOf(id);
                worker.process().stop();
                LockSupport.parkNanos(BEYOND_THE_LEASE.toNanos());
                worker.process().cont();
            }
        }
    }

    private Stack.Service workerOf(String id) {
        String name = scene.jobFact(id, "worker");
        return scene.livingWorkers().stream()
                .filter(worker -> name.equals(names.get(worker)))
                .findFirst()
                .orElseGet(() -> scene.livingWorkers().getFirst());
    }

    private void killApis() {
        api.process().kill9();
    }

    /** The job's tool, or none when it has ended before it was met. */
    private void killChild(String id, String... programs) {
        Eventually.eventually(
                SOON,
                () -> {
                    List<ProcessHandle> children =
                            scene.livingWorkers().stream()
                                    .flatMap(worker ->
                                            FaultScene.children(worker, programs).stream())
                                    .toList();
                    children.forEach(ProcessHandle::destroyForcibly);
                    return !children.isEmpty()
                            || "t".equals(scene.jobFact(id, "finished_at is not null"));
                },
                met -> met);
    }

    /** Starts again whatever has ended. */
    private void allAreThere() {
        for (PostgresServer server : List.of(service, target)) {
            if (!answers(server)) {
                server.startAgain();
            }
        }
        if (!api.process().alive()) {
            api = stack.startApi(Map.of());
        }
        while (scene.livingWorkers().size() < WORKERS) {
            String name = "worker-" + ++workers;
            names.put(scene.worker(name), name);
        }
    }

    private static boolean answers(PostgresServer server) {
        try {
            server.rows("postgres", "select 1");
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private void makeCurrent() {
        target.execute(
                stack.targetDatabase(),
                """
                begin;
                update public.marker set content = 'current';
                delete from public.noise where n < 0;
                insert into public.noise values (-1, 'current');
                commit
                """);
    }

    private String submitRestore() {
        Response answer =
                stack.given(stack.tokens().admin())
                        .body(Map.of("backup", backup, "confirm", stack.targetDatabase()))
                        .post("/api/v1/restores");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
        return answer.jsonPath().getString("id");
    }

    // ---- what is left

    private void nothingIsLost(String what, String id, JsonPath job, boolean restore) {
        boolean succeeded = job.getString("state").equals("SUCCEEDED");
        String content = target.rows(stack.targetDatabase(), QUESTION).getFirst().getFirst();
        assertThat(content).as(what).isEqualTo(restore && succeeded ? BACKED_UP : CURRENT);
        Eventually.eventually(SOON, this::unfinished, List::isEmpty);
        List<Path> dumps =
                Stack.filesIn(stack.backupFolder()).stream()
                        .filter(file -> file.endsWith(".sql.gz"))
                        .map(stack.backupFolder()::resolve)
                        .toList();
        dumps.forEach(dump -> isWhole(what, dump));
        if (!restore) {
            assertThat(scene.dumpsOf(id)).as(what).hasSize(succeeded ? 1 : 0);
        }
        assertThat(scene.rows("select file_name from backup where state = 'AVAILABLE'"))
                .as("%s: the catalogue", what)
                .hasSameSizeAs(dumps);
    }

    /** As a reader without the service finds out: its checksum file, and its end marker. */
    private static void isWhole(String what, Path dump) {
        try {
            assertThat(dump.resolveSibling(dump.getFileName() + ".sha256"))
                    .as(what)
                    .content()
                    .startsWith(Aftermath.sha256(dump));
            assertThat(dump.resolveSibling(dump.getFileName() + ".manifest.json"))
                    .as(what)
                    .content()
                    .contains(Aftermath.sha256(dump));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(Aftermath.content(dump).endMarker()).as("%s: %s", what, dump).isTrue();
    }

    /** Partial files, side databases and jobs that have not ended. */
    private List<String> unfinished() {
        return Stream.of(
                        Stack.filesIn(stack.backupFolder()).stream()
                                .filter(file ->
                                        Path.of(file).getFileName().toString().startsWith(".")),
                        target
                                .rows(
                                        "postgres",
                                        "select datname from pg_database where datname like 'lifeos\\_restore\\_%'")
                                .stream()
                                .map(List::getFirst),
                        scene.rows("select id from job where finished_at is null").stream()
                                .map(List::getFirst))
                .flatMap(names -> names)
                .toList();
    }

    @Override
    public void close() {
        try {
            allAreThere();
        } finally {
            stack.close();
            service.close();
            target.close();
        }
    }
}
