package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.lifeos.backup.system.FaultyDisk.Undo;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.WireProxy;

/**
 * A service with three workers, two APIs and two servers of its own, all of which may be killed, on
 * a network, a disk and a clock that may fail, and a target whose content is either the backed up
 * one or the current one.
 */
final class FaultyDays implements AutoCloseable {
    static final String BACKED_UP = "backed up";
    static final String CURRENT = "current";
    private static final int NOISE_MIB = 8;
    private static final int DISK_MIB = 256;
    private static final int SERVICE_DISK_MIB = 400;
    private static final int WRITES = 20;
    private static final Duration SLOW = Duration.ofMillis(5);
    static final String EACH_MINUTE = "each-minute";
    private static final Path NONE = Path.of("none");
    private static final Duration BEYOND_THE_LEASE = Duration.ofMillis(3_500);
    private static final Duration SOON = Duration.ofSeconds(30);

    private final PostgresServer service =
            PostgresServer.start(
                    // each segment of the log needs room of its own
                    Map.of(
                            "synchronous_commit",
                            "on",
                            "wal_recycle",
                            "off",
                            "min_wal_size",
                            "32MB"));
    private final FaultyDisk serviceDisk = FaultyDisk.under(service, SERVICE_DISK_MIB);
    private final PostgresServer target = PostgresServer.start(Map.of("synchronous_commit", "on"));
    private final WireProxy toService = WireProxy.to(service);
    private final WireProxy toTarget = WireProxy.to(target);
    private final FaultyClock clock = new FaultyClock();
    private final FaultScene scene;
    private final Stack stack;
    private final Fleet fleet;
    private final FaultyDisk disk;
    private final Remains remains;
    private final String backup;
    private final Duration ofBackup;
    private final Duration ofRestore;
    private int accepted;

    FaultyDays() {
        scene =
                FaultScene.start(
                        Stack.Setup.standard()
                                .apis(Fleet.APIS)
                                .server(service)
                                .targetServer(target)
                                .environment(environment()));
        stack = scene.stack();
        fleet = new Fleet(scene, service, target);
        disk = FaultyDisk.over(stack.backupFolder(), DISK_MIB);
        target.execute(
                stack.targetDatabase(),
                "create table public.marker as select 'backed up'::text as content");
        scene.addNoise(NOISE_MIB);
        fleet.allAreThere();
        putSchedule();
        undisturbed(false);
        JsonPath first = undisturbed(false);
        backup = first.getString("result.backupId");
        ofBackup = Duration.ofMillis(first.getLong("result.durationMs"));
        long start = System.nanoTime();
        undisturbed(true);
        ofRestore = Duration.ofNanos(System.nanoTime() - start);
        remains = new Remains(scene, target, backup, fleet::allAreThere);
    }

    /** Services on a network and with a clock that this class decides about. */
    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("BACKUP_DB_PORT", Integer.toString(toService.port()));
        environment.put("LIFEOS_DB_PORT", Integer.toString(toTarget.port()));
        environment.putAll(clock.environment());
        return environment;
    }

    /** Something that comes due all the time. */
    private void putSchedule() {
        Response answer =
                stack.given(stack.tokens().admin())
                        .body(
                                Map.of(
                                        "cron", "* * * * *",
                                        "type", "retention",
                                        "parameters", Map.of("dryRun", true)))
                        .put("/api/v1/schedules/" + EACH_MINUTE);
        assertThat(answer.statusCode()).as(answer.asString()).isIn(200, 201);
    }

    JsonPath undisturbed(boolean restore) {
        return scene.succeeded(submit(restore));
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
        fleet.allAreThere();
        makeCurrent();
        String id = submit(restore);
        scene.awaitJob(id, "state <> 'QUEUED'");
        if (fault != Fault.WRITE_FAILS) { // it counts writes instead
            LockSupport.parkNanos((long) ((restore ? ofRestore : ofBackup).toNanos() * moment));
        }
        JsonPath job;
        try (Undo _ = happen(fault, id, moment)) {
            fleet.allAreThere();
            job = scene.ended(id);
        }
        fleet.allAreThere();
        assertThat(job.getString("state"))
                .as("%s: %s", what, job.prettify())
                .isIn("SUCCEEDED", "FAILED");
        remains.nothingIsLost(what, id, job, restore, accepted);
        return job;
    }

    private Undo happen(Fault fault, String id, double moment) {
        switch (fault) {
            case WORKER_KILLED -> fleet.workerOf(id).process().kill9();
            case API_KILLED -> fleet.killApis();
            case DUMP_KILLED -> killChild(id, "pg_dump");
            case PSQL_KILLED -> killChild(id, "psql");
            case COMPRESSOR_KILLED -> killChild(id, "igzip", "pigz");
            case SERVICE_SERVER_KILLED -> service.kill9();
            case TARGET_SERVER_KILLED -> target.kill9();
            case ALL_KILLED -> fleet.killAll();
            case WORKER_TOLD_TO_GO -> fleet.workerOf(id).process().terminate();
            case WORKER_ASLEEP -> {
                Stack.Service worker = fleet.workerOf(id);
                worker.process().stop();
                LockSupport.parkNanos(BEYOND_THE_LEASE.toNanos());
                worker.process().cont();
            }
            case SERVICE_CUT -> toService.cutAll();
            case SERVICE_SILENT -> {
                toService.stall();
                LockSupport.parkNanos(BEYOND_THE_LEASE.toNanos());
                toService.resume();
            }
            case TARGET_CUT -> toTarget.cutAll();
            case NETWORK_SLOW -> {
                return slowNetwork();
            }
            case DISK_FULL -> {
                return disk.full();
            }
            case DISK_READ_ONLY -> {
                return disk.readOnly();
            }
            case FOLDER_AWAY -> {
                return disk.away();
            }
            case FSYNC_FAILS -> {
                return FaultyDisk.failingFsync(
                        fleet.workerOf(id).process().pid(), 1 + (int) (moment * 4));
            }
            case WRITE_FAILS -> {
                return failingWrite(id, 1 + (int) (moment * WRITES));
            }
            case SERVICE_DISK_FULL -> fullServiceDisk();
            case CLOCK_FORWARD -> clock.set("+1d");
            case CLOCK_BACK -> clock.set("-1d");
        }
        return switch (fault) {
            case CLOCK_FORWARD, CLOCK_BACK -> () -> clock.set("+0");
            default -> Undo.NOTHING;
        };
    }

    /** Of the file that the job is writing, or none when it has ended before it was met. */
    private Undo failingWrite(String id, int first) {
        Optional<Path> file =
                Eventually.eventually(
                        SOON,
                        () ->
                                partialFile()
                                        .or(() ->
                                                hasEnded(id)
                                                        ? Optional.of(NONE)
                                                        : Optional.empty()),
                        Optional::isPresent);
        if (file.equals(Optional.of(NONE))) {
            return Undo.NOTHING;
        }
        // it writes the whole file in less time than a tracer takes to get hold of it
        Stack.Service worker = fleet.workerOf(id);
        worker.process().stop();
        try {
            return FaultyDisk.failingWrite(worker.process().pid(), file.orElseThrow(), first);
        } finally {
            worker.process().cont();
        }
    }

    private Optional<Path> partialFile() {
        return Stack.filesIn(stack.backupFolder()).stream()
                .filter(file -> file.endsWith(".partial"))
                .findFirst()
                .map(stack.backupFolder()::resolve);
    }

    private boolean hasEnded(String id) {
        return "t".equals(scene.jobFact(id, "finished_at is not null"));
    }

    /** Beyond the lease; whoever looks after the server makes room then, and starts it again. */
    private void fullServiceDisk() {
        try (Undo _ = serviceDisk.full()) {
            long until = System.nanoTime() + BEYOND_THE_LEASE.toNanos();
            while (System.nanoTime() < until && Fleet.answers(service)) {
                switchLog();
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    /** The next write needs a new file. */
    private void switchLog() {
        try {
            service.rows("postgres", "select pg_switch_wal()");
        } catch (IllegalStateException e) {
            // the disk is full, or the server has ended of it
        }
    }

    private Undo slowNetwork() {
        toService.delay(SLOW);
        toTarget.delay(SLOW);
        return () -> {
            toService.delay(Duration.ZERO);
            toTarget.delay(Duration.ZERO);
        };
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
                    return !children.isEmpty() || hasEnded(id);
                },
                met -> met);
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

    private String submit(boolean restore) {
        String id = restore ? submitRestore() : scene.submit();
        accepted++;
        return id;
    }

    private String submitRestore() {
        Response answer =
                stack.given(stack.tokens().admin())
                        .body(Map.of("backup", backup, "confirm", stack.targetDatabase()))
                        .post("/api/v1/restores");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(202);
        return answer.jsonPath().getString("id");
    }

    @Override
    public void close() {
        try {
            fleet.allAreThere();
        } finally {
            disk.close();
            stack.close();
            toService.close();
            toTarget.close();
            service.stopImmediately();
            serviceDisk.close();
            service.close();
            target.close();
            clock.close();
        }
    }
}
