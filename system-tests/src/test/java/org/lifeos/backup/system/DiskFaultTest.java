package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.lifeos.backup.system.FaultScene.await;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.WireProxy;

/** The two places that a backup is written to fail: the folder, and the service's own database. */
class DiskFaultTest {
    private static final int RANDOM_KILLS = Integer.getInteger("random.kills", 6);
    private static final int MIB = 1 << 20;
    private static final DateTimeFormatter IN_NAMES =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");

    private static PostgresServer service;
    private static WireProxy serviceProxy;
    private static FaultScene scene;
    private static Stack stack;

    @BeforeAll
    static void start() {
        // what it has committed, it still has after a kill
        service = PostgresServer.start(Map.of("synchronous_commit", "on"));
        serviceProxy = WireProxy.to(service);
        scene = FaultScene.start(Stack.Setup.standard().server(service));
        stack = scene.stack();
        scene.steadyWorker("only", Map.of("BACKUP_DB_PORT", "" + serviceProxy.port()));
    }

    @AfterAll
    static void stop() {
        stack.close();
        serviceProxy.close();
        service.close();
    }

    @AfterEach
    void forget() {
        serviceProxy.resume();
        serviceProxy.accept();
        scene.reset();
    }

    // ---------------------------------------------------------------------------- the folder

    @Test
    void fileInThePlaceOfTheFolderIsRefused() throws IOException {
        Path folder = stack.backupFolder();
        Files.delete(folder);
        Files.writeString(folder, "not a folder");
        refused("folder-not-writable", 502);
        assertThat(folder).hasContent("not a folder");
        Files.delete(folder);
        Aftermath.isSound(scene);
    }

    @Test
    void missingHomeIsRefusedAndNotMade() throws IOException {
        Path away = stack.home().resolveSibling(stack.home().getFileName() + "-away");
        Files.move(stack.home(), away);
        refused("folder-not-writable", 502);
        assertThat(stack.home()).doesNotExist();
        Files.move(away, stack.home());
        Aftermath.isSound(scene);
    }

    @Test
    void readOnlyFolderIsRefused() {
        try (Mount _ = Mount.readOnly(stack.backupFolder())) {
            refused("folder-not-writable", 502);
        }
        Aftermath.isSound(scene);
    }

    @Test
    void tooLittleFreeSpaceIsRefusedBeforeTheDump() {
        try (Mount _ = Mount.tmpfs(stack.backupFolder(), 48)) {
            JsonPath problem = refused("disk-full", 507);
            assertThat(problem.getString("detail")).contains("67,108,864");
            assertThat(scene.files()).isEmpty();
        }
        Aftermath.isSound(scene);
    }

    @Test
    void diskThatFillsUpInTheMiddleLeavesNothingAndTheNextBackupWorks() throws IOException {
        try (Mount _ = Mount.tmpfs(stack.backupFolder(), 80)) {
            Path filler = stack.backupFolder().resolve("filler.bin");
            String id;
            try (FaultScene.Lock _ = scene.lockTarget()) {
                id = scene.submit();
                scene.awaitDumpWaitsForLock(id);
                fill(filler);
            }
            JsonPath job = scene.failed(id, "disk-full", 1);
            assertThat(job.getInt("failure.status")).isEqualTo(507);
            assertThat(job.getString("failure.detail")).contains("No space left on device");
            assertThat(scene.files()).containsExactly("filler.bin");
            assertThat(scene.sessions(id)).isEmpty();
            Files.delete(filler);
            Aftermath.isSound(scene);
        }
    }

    @Test
    void dumpLargerThanTheDiskLeavesNothing() {
        scene.addNoise(160);
        try (Mount _ = Mount.tmpfs(stack.backupFolder(), 68)) {
            refused("disk-full", 507);
            assertThat(scene.files()).isEmpty();
        } finally {
            stack.targetServer().execute(stack.targetDatabase(), "drop table public.noise");
        }
        Aftermath.isSound(scene);
    }

    @Test
    void partialFileThatSomebodyRemovedFailsTheAttemptAndLeavesNoSidecars() throws IOException {
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            String dump = scene.jobFact(id, "file");
            Files.delete(stack.backupFolder().resolve(".%s.%s-1.partial".formatted(dump, id)));
        }
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(2);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    /** Whoever may write into the folder must not be able to send the dump elsewhere. */
    @Test
    void linksWithTheNamesOfTheNextMinuteAreStoodAside() throws IOException {
        Path elsewhere = Files.createTempFile("elsewhere-", ".txt");
        Files.writeString(elsewhere, "mine");
        List<String> links = new ArrayList<>();
        ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
        for (int second = 0; second < 60; second++) {
            String name =
                    "manual_backup_%s.sql.gz".formatted(IN_NAMES.format(now.plusSeconds(second)));
            links.add(name);
            Files.createSymbolicLink(
                    stack.backupFolder().resolve(name),
                    second % 2 == 0 ? elsewhere : Path.of("/nowhere/at/all"));
        }
        String id = scene.submit();
        scene.succeeded(id);
        Path dump = scene.onlyDumpOf(id);
        assertThat(dump.getFileName().toString()).endsWith("-2.sql.gz");
        assertThat(elsewhere).hasContent("mine");
        for (String link : links) {
            assertThat(Files.isSymbolicLink(stack.backupFolder().resolve(link))).isTrue();
        }
        Aftermath.restoresToTheOriginal(scene, dump);
        Aftermath.isSound(scene, links.toArray(String[]::new));
        Files.delete(elsewhere);
    }

    @Test
    void linkThatAppearsUnderTheReservedNameIsLeftAloneAndAnotherNameIsTaken() throws IOException {
        Path elsewhere = Path.of(stack.home().toString(), "not-there");
        String id;
        Path link;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            link = stack.backupFolder().resolve(scene.jobFact(id, "file"));
            Files.createSymbolicLink(link, elsewhere);
        }
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(2);
        assertThat(scene.onlyDumpOf(id)).isNotEqualTo(link);
        assertThat(Files.readSymbolicLink(link)).isEqualTo(elsewhere);
        assertThat(Files.exists(elsewhere, LinkOption.NOFOLLOW_LINKS)).isFalse();
        Aftermath.isSound(scene, link.getFileName().toString());
    }

    // ------------------------------------------------------------------ the service's database

    @Test
    void restartOfTheServiceDatabaseInADumpCostsNoBackup() {
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            service.stopImmediately();
            service.startAgain();
        }
        scene.succeeded(id);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    @Test
    void serviceDatabaseThatIsAwayForLongerThanTheLeaseCostsNoBackup() {
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            serviceProxy.refuse();
            serviceProxy.cutAll();
            scene.awaitJob(id, "lease_until < now()");
            serviceProxy.accept();
            scene.awaitJob(id, "lease_until > now()");
        }
        scene.succeeded(id);
        assertThat(scene.dumpsOf(id)).hasSize(1);
        Aftermath.isSound(scene);
    }

    @Test
    void dumpThatEndsWhileTheServiceDatabaseIsAwayIsPublishedWhenItIsBack() {
        String id;
        try (FaultScene.Lock _ = scene.lockTarget()) {
            id = scene.submit();
            scene.awaitDumpWaitsForLock(id);
            service.stopImmediately();
        }
        await("pg_dump has ended").until(() -> scene.sessions(id).isEmpty());
        service.startAgain();
        scene.succeeded(id);
        Aftermath.restoresToTheOriginal(scene, scene.onlyDumpOf(id));
        Aftermath.isSound(scene);
    }

    @Test
    void sessionLostBetweenPublishAndCommitIsMadeGoodByAdoption() throws IOException {
        String id;
        Object inode;
        Path dump;
        try (FaultScene.Lock _ = scene.lockCatalogue()) {
            id = scene.submit();
            dump = scene.awaitPublishWaits(id);
            inode = Files.getAttribute(dump, "unix:ino");
            scene.rows(
                    "select pg_terminate_backend(pid) from pg_stat_activity where query like '%insert into backup%' and pid <> pg_backend_pid()");
        }
        assertThat(scene.succeeded(id).getInt("attempt")).isEqualTo(1);
        assertThat(scene.onlyDumpOf(id)).isEqualTo(dump);
        assertThat(Files.getAttribute(dump, "unix:ino")).isEqualTo(inode);
        Aftermath.isSound(scene);
    }

    /** What a moment is: something that can be seen in the folder. */
    private enum Moment {
        DUMP_BEGAN,
        MANIFEST_WRITTEN,
        MANIFEST_VISIBLE,
        DUMP_VISIBLE,
        JOB_ENDED;

        boolean hasCome(String id) {
            List<String> files = scene.files();
            return switch (this) {
                case DUMP_BEGAN -> files.stream().anyMatch(file -> file.contains(id));
                case MANIFEST_WRITTEN ->
                        files.stream().anyMatch(file -> file.contains(".manifest.json"));
                case MANIFEST_VISIBLE ->
                        files.stream().anyMatch(file -> file.endsWith(".manifest.json"));
                case DUMP_VISIBLE -> files.stream().anyMatch(file -> file.endsWith(".sql.gz"));
                case JOB_ENDED -> scene.jobFact(id, "finished_at") != null;
            };
        }
    }

    @Test
    void serviceDatabaseKilledAroundThePublishLeavesOneFileAndOneRow() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int i = 0; i < RANDOM_KILLS; i++) {
            // each moment at least once, the rest by chance
            Moment moment =
                    i < Moment.values().length
                            ? Moment.values()[i]
                            : Moment.values()[random.nextInt(Moment.values().length)];
            String id = scene.submit(Map.of("label", "kill-" + i));
            int spins = random.nextInt(20_000);
            scene.spinUntil(moment.name(), () -> moment.hasCome(id));
            for (int spin = 0; spin < spins; spin++) {
                Thread.onSpinWait();
            }
            service.kill9();
            service.startAgain();
            JsonPath job = scene.succeeded(id);
            outcomes.merge(moment + " attempt " + job.getInt("attempt"), 1, Integer::sum);
            assertThat(scene.dumpsOf(id)).as("seed %d, kill %d at %s", seed, i, moment).hasSize(1);
            Aftermath.nothingIsAmiss(scene);
            scene.forgetJobs();
        }
        System.out.printf("random kills of the database: seed %d, %s%n", seed, outcomes);
        Aftermath.isSound(scene);
    }

    // ---------------------------------------------------------------------------------- tools

    private static JsonPath refused(String code, int status) {
        Response answer = scene.backUp(Map.of());
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(status);
        assertThat(answer.jsonPath().getString("code")).as(answer.asString()).isEqualTo(code);
        assertThat(answer.jsonPath().getInt("job.attempt")).isEqualTo(1);
        return answer.jsonPath();
    }

    /** Leaves 64 KiB free, too little for the dump. */
    private static void fill(Path filler) throws IOException {
        byte[] block = new byte[1 << 16];
        long free = Files.getFileStore(filler.getParent()).getUsableSpace();
        try (OutputStream output = Files.newOutputStream(filler)) {
            for (long left = free - block.length; left >= block.length; left -= block.length) {
                output.write(block);
            }
        }
    }

    /** A file system over a folder, until it is closed. Needs root; who is not, skips. */
    private record Mount(Path folder) implements AutoCloseable {
        static Mount tmpfs(Path folder, int mebibytes) {
            return mounted(
                    folder,
                    "mount -t tmpfs -o size=%d tmpfs '%s'"
                            .formatted((long) mebibytes * MIB, folder));
        }

        static Mount readOnly(Path folder) {
            return mounted(
                    folder,
                    "mount --bind '%1$s' '%1$s' && { mount -o remount,bind,ro '%1$s' || { umount '%1$s'; exit 1; }; }"
                            .formatted(folder));
        }

        private static Mount mounted(Path folder, String command) {
            CommandRun run = CommandRun.of("sh", "-c", command);
            if (run.exitCode() != 0) {
                System.out.printf("skipped: this user may not mount: %s%n", run.output().strip());
            }
            assumeThat(run.exitCode()).as("mount: " + run.output()).isZero();
            return new Mount(folder);
        }

        @Override
        public void close() {
            CommandRun run = CommandRun.of("umount", folder.toString());
            if (run.exitCode() != 0) {
                CommandRun.of("umount", "-l", folder.toString());
            }
            // busy means that somebody has left a file open
            run.orThrow();
        }
    }
}
