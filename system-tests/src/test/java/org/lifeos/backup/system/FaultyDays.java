package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.WireProxy;

/**
 * A service with three workers, two APIs and two servers of its own, all of which may be killed, on
 * a network, a disk and a clock that may fail, and a target whose content is either the backed up
 * one or the current one.
 */
final class FaultyDays implements AutoCloseable {
    private static final String BACKED_UP = "backed up";
    private static final String CURRENT = "current";
    private static final int NOISE_MIB = 8;
    private static final int DISK_MIB = 256;
    private static final int WORKERS = 3;
    private static final int APIS = 2;
    private static final Duration SLOW = Duration.ofMillis(5);
    private static final String EACH_MINUTE = "each-minute";
    private static final Duration BEYOND_THE_LEASE = Duration.ofMillis(3_500);
    private static final Duration AT_ONCE = Duration.ofSeconds(8);
    private static final Duration SOON = Duration.ofSeconds(30);

    /** A marker and rows that must fit together. */
    private static final String QUESTION =
            """
            select case when content = 'current' and (select max(n) from public.noise where n < 0) = -1 then 'current'
                        when content = 'backed up' and not exists (select from public.noise where n < 0) then 'backed up'
                        else 'a mixture' end
            from public.marker
            """;

    private final PostgresServer service = PostgresServer.start(Map.of("synchronous_commit", "on"));
    private final PostgresServer target = PostgresServer.start(Map.of("synchronous_commit", "on"));
    private final WireProxy toService = WireProxy.to(service);
    private final WireProxy toTarget = WireProxy.to(target);
    private final Path clock;
    private final FaultScene scene;
    private final Stack stack;
    private final String backup;
    private final Map<Stack.Service, String> names = new HashMap<>();
    private final List<Stack.Service> apis = new ArrayList<>();
    private final Duration ofBackup;
    private final Duration ofRestore;
    private int workers;
    private int accepted;

    FaultyDays() {
        clock = clockFile();
        setClock("+0");
        scene =
                FaultScene.start(
                        Stack.Setup.standard()
                                .apis(APIS)
                                .server(service)
                                .targetServer(target)
                                .environment(environment()));
        stack = scene.stack();
        for (int i = 0; i < APIS; i++) {
            apis.add(stack.api(i));
        }
        if (Fault.mayMount()) {
            sh("mount -t tmpfs -o size=%dm,mode=0700 tmpfs '%s'".formatted(DISK_MIB, folder()));
        }
        target.execute(
                stack.targetDatabase(),
                "create table public.marker as select 'backed up'::text as content");
        scene.addNoise(NOISE_MIB);
        allAreThere();
        putSchedule();
        undisturbed(false);
        JsonPath first = undisturbed(false);
        backup = first.getString("result.backupId");
        ofBackup = Duration.ofMillis(first.getLong("result.durationMs"));
        long start = System.nanoTime();
        undisturbed(true);
        ofRestore = Duration.ofNanos(System.nanoTime() - start);
    }

    private static Path clockFile() {
        try {
            return Files.createTempFile("clock", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In seconds, minutes, hours or days from the real time (libfaketime, README). */
    private void setClock(String offset) {
        try {
            Files.writeString(clock, offset + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Services on a network and with a clock that this class decides about. */
    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("BACKUP_DB_PORT", Integer.toString(toService.port()));
        environment.put("LIFEOS_DB_PORT", Integer.toString(toTarget.port()));
        Fault.fakeClock()
                .ifPresent(library -> {
                    environment.put("LD_PRELOAD", library.toString());
                    environment.put("FAKETIME_TIMESTAMP_FILE", clock.toString());
                    environment.put("FAKETIME_CACHE_DURATION", "1");
                    environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
                    // else each wait of the JVM ends at once
                    environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
                });
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
        allAreThere();
        makeCurrent();
        String id = submit(restore);
        scene.awaitJob(id, "state <> 'QUEUED'");
        LockSupport.parkNanos((long) ((restore ? ofRestore : ofBackup).toNanos() * moment));
        JsonPath job;
        try (Undo _ = happen(fault, id, moment)) {
            allAreThere();
            job = scene.ended(id);
        }
        allAreThere();
        assertThat(job.getString("state"))
                .as("%s: %s", what, job.prettify())
                .isIn("SUCCEEDED", "FAILED");
        nothingIsLost(what, id, job, restore);
        return job;
    }

    /** Takes a fault back that lasts until the job has ended. */
    private interface Undo extends AutoCloseable {
        Undo NOTHING = () -> {};

        @Override
        void close();
    }

    private Undo happen(Fault fault, String id, double moment) {
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
                return fullDisk();
            }
            case DISK_READ_ONLY -> {
                sh(
                        "mount --bind '%1$s' '%1$s' && mount -o remount,bind,ro '%1$s'"
                                .formatted(folder()));
                return () -> sh("umount -l '%s'".formatted(folder()));
            }
            case FOLDER_AWAY -> {
                return folderAway();
            }
            case FSYNC_FAILS -> {
                return failingFsync(workerOf(id).process().pid(), 1 + (int) (moment * 4));
            }
            case CLOCK_FORWARD -> setClock("+1d");
            case CLOCK_BACK -> setClock("-1d");
        }
        return switch (fault) {
            case CLOCK_FORWARD, CLOCK_BACK -> () -> setClock("+0");
            default -> Undo.NOTHING;
        };
    }

    private Undo slowNetwork() {
        toService.delay(SLOW);
        toTarget.delay(SLOW);
        return () -> {
            toService.delay(Duration.ZERO);
            toTarget.delay(Duration.ZERO);
        };
    }

    private Undo fullDisk() {
        Path filler = folder().resolve("filler.bin");
        CommandRun.of("dd", "if=/dev/zero", "of=" + filler, "bs=1M");
        return () -> delete(filler);
    }

    /** What a worker made in its place meanwhile joins it when it is back. */
    private Undo folderAway() {
        Path backups = folder().getParent();
        Path away = backups.resolveSibling("backups-away");
        sh("mv -T '%s' '%s'".formatted(backups, away));
        return () ->
                sh(
                        "{ [ ! -e '%1$s' ] || { cp -a '%1$s/.' '%2$s/' && rm -rf '%1$s'; }; } && mv -T '%2$s' '%1$s'"
                                .formatted(backups, away));
    }

    /** From this one of its calls on, fsync tells the process that the disk has failed. */
    private static Undo failingFsync(long pid, int first) {
        try {
            Process tracer =
                    new ProcessBuilder(
                                    "strace",
                                    "-f",
                                    "-qq",
                                    "-p",
                                    Long.toString(pid),
                                    "-e",
                                    "trace=fsync,fdatasync",
                                    "-e",
                                    "inject=fsync,fdatasync:error=EIO:when=%d+".formatted(first))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return () -> {
                tracer.destroy();
                try {
                    tracer.waitFor();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path folder() {
        return stack.backupFolder();
    }

    private static void sh(String line) {
        CommandRun.of("sh", "-c", line).orThrow();
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
        apis.forEach(api -> api.process().kill9());
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
        apis.removeIf(api -> !api.process().alive());
        while (apis.size() < APIS) {
            apis.add(stack.startApi(Map.of()));
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

    // ---- what is left

    private void nothingIsLost(String what, String id, JsonPath job, boolean restore) {
        boolean succeeded = job.getString("state").equals("SUCCEEDED");
        String content = target.rows(stack.targetDatabase(), QUESTION).getFirst().getFirst();
        assertThat(content).as(what).isEqualTo(restore && succeeded ? BACKED_UP : CURRENT);
        nothingOutlivesTheNextStart();
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
        assertThat(scene.rows("select 1 from audit where job_id is not null"))
                .as("%s: the audit", what)
                .hasSize(accepted);
        assertThat(
                        scene.rows(
                                """
                                select id from job
                                where requested_by = 'schedule:%s'
                                  and not exists (select from schedule_run where job_id = job.id)
                                """
                                        .formatted(EACH_MINUTE)))
                .as("%s: runs of the schedule that nothing was due for", what)
                .isEmpty();
        forgetOthers();
    }

    /** Else each look would take longer than the one before. */
    private void forgetOthers() {
        for (List<String> row :
                scene.rows("select id, file_name from backup where id <> '%s'".formatted(backup))) {
            for (String suffix : List.of("", ".manifest.json", ".sha256", ".roles.sql")) {
                delete(folder().resolve(row.getLast() + suffix));
            }
            scene.rows(
                    "with gone as (delete from backup where id = '%s' returning 1) select count(*) from gone"
                            .formatted(row.getFirst()));
        }
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

    /** What an attempt could not remove, as on a disk that was read-only, the next worker does. */
    private void nothingOutlivesTheNextStart() {
        try {
            Eventually.eventually(AT_ONCE, this::unfinished, List::isEmpty);
        } catch (AssertionError left) {
            scene.livingWorkers().getFirst().process().terminate();
            allAreThere();
            Eventually.eventually(SOON, this::unfinished, List::isEmpty);
        }
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
            if (Fault.mayMount()) {
                CommandRun.of("umount", "-l", folder().toString());
            }
            stack.close();
            toService.close();
            toTarget.close();
            service.close();
            target.close();
            delete(clock);
        }
    }
}
