package org.lifeos.backup.worker.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lifeos.backup.worker.storage.DumpBench.DUMP;
import static org.lifeos.backup.worker.storage.DumpBench.FILE;
import static org.lifeos.backup.worker.storage.DumpBench.ROLES;
import static org.lifeos.backup.worker.storage.DumpBench.SIDECARS;
import static org.lifeos.backup.worker.storage.DumpBench.lease;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

class PartialBackupTest {
    @TempDir Path home;

    private final UUID jobId = UUID.randomUUID();

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private DumpBench bench;

    @BeforeEach
    void emptyFolder() {
        bench = new DumpBench(home);
    }

    static List<String> sidecars() {
        return SIDECARS;
    }

    static List<String> allNames() {
        List<String> names = new ArrayList<>(SIDECARS);
        names.add(FILE);
        return names;
    }

    @Test
    void nothingIsVisibleBeforeThePublish() {
        try (PartialBackup _ = bench.written(lease(jobId, 7))) {
            assertThat(bench.visible()).isEmpty();
            assertThat(bench.hidden())
                    .hasSize(4)
                    .contains(".%s.%s-7.partial".formatted(FILE, jobId))
                    .allMatch(name -> name.endsWith(".%s-7.partial".formatted(jobId)));
        }
    }

    @Test
    void publishedFilesAreWholeAndForTheirOwnerAlone() throws Exception {
        BackupManifest manifest = bench.published(jobId);

        assertThat(bench.visible()).containsExactlyInAnyOrderElementsOf(allNames());
        assertThat(bench.hidden()).isEmpty();
        assertThat(bench.path(FILE)).hasContent(DUMP);
        assertThat(bench.path(FILE + ".roles.sql")).hasContent(ROLES);
        assertThat(Files.readString(bench.path(FILE + ".sha256")))
                .isEqualTo("%s  %s\n".formatted(Checksum.of(bench.path(FILE), () -> {}), FILE));
        assertThat(manifest)
                .isEqualTo(
                        Json.read(
                                Files.readString(bench.path(FILE + ".manifest.json")),
                                BackupManifest.class));
        for (String name : allNames()) {
            assertThat(DumpBench.mode(bench.path(name))).as(name).isEqualTo("rw-------");
        }
    }

    @Test
    void filesUnderWayAreForTheirOwnerAlone() throws Exception {
        try (PartialBackup _ = bench.written(lease(jobId, 1))) {
            for (String name : bench.hidden()) {
                assertThat(DumpBench.mode(bench.path(name))).as(name).isEqualTo("rw-------");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sidecars")
    void dumpIsNotVisibleWhileASidecarIsMissing(String sidecar) throws Exception {
        Lease lease = lease(jobId, 1);
        try (PartialBackup partial = bench.written(lease)) {
            Files.delete(bench.path(".%s.%s-1.partial".formatted(sidecar, jobId)));

            assertThat(problemOf(partial::publish)).isEqualTo(ProblemCode.STORAGE_FAILED);

            assertThat(bench.visible()).isEmpty();
        }
        assertThat(bench.hidden()).as("after the close").isEmpty();
    }

    @Test
    void closedBeforeItsPublishNothingIsLeft() {
        try (PartialBackup partial = bench.folder.begin(FILE, lease(jobId, 1))) {
            partial.dump();
        }
        assertThat(bench.hidden()).as("begun").isEmpty();

        bench.written(lease(jobId, 1)).close();
        assertThat(bench.hidden()).as("written").isEmpty();
        assertThat(bench.visible()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("allNames")
    void nameThatIsTakenIsNeverOverwritten(String taken) throws Exception {
        Files.writeString(bench.path(taken), "somebody else's");

        try (PartialBackup partial = bench.written(lease(jobId, 1))) {
            assertThat(problemOf(partial::publish)).isEqualTo(ProblemCode.FILE_NAME_TAKEN);
        }

        assertThat(bench.path(taken)).hasContent("somebody else's");
        assertThat(bench.visible()).containsExactly(taken);
        assertThat(bench.hidden()).isEmpty();
    }

    @Test
    void linkToNowhereTakesANameAsWell() throws Exception {
        Files.createSymbolicLink(bench.path(FILE), home.resolve("nowhere"));

        try (PartialBackup partial = bench.written(lease(jobId, 1))) {
            assertThat(problemOf(partial::publish)).isEqualTo(ProblemCode.FILE_NAME_TAKEN);
        }

        assertThat(Files.isSymbolicLink(bench.path(FILE))).isTrue();
        assertThat(home.resolve("nowhere")).doesNotExist();
    }

    @Test
    void linkInThePlaceOfAPartialFileIsNotFollowed() throws Exception {
        Path victim = Files.writeString(home.resolve("victim"), "precious");
        Files.createSymbolicLink(bench.path(".%s.%s-1.partial".formatted(FILE, jobId)), victim);

        try (PartialBackup partial = bench.folder.begin(FILE, lease(jobId, 1))) {
            assertThat(problemOf(partial::dump)).isEqualTo(ProblemCode.STORAGE_FAILED);
        }

        assertThat(victim).hasContent("precious");
    }

    @Test
    void partialFileThatIsThereAlreadyIsNotWrittenInto() throws Exception {
        Path there =
                Files.writeString(bench.path(".%s.%s-1.partial".formatted(FILE, jobId)), "begun");

        try (PartialBackup partial = bench.folder.begin(FILE, lease(jobId, 1))) {
            assertThat(problemOf(partial::dump)).isEqualTo(ProblemCode.STORAGE_FAILED);
        }

        assertThat(there).hasContent("begun");
    }

    @Test
    void attemptsOfOneJobDoNotShareFiles() {
        try (PartialBackup _ = bench.written(lease(jobId, 1));
                PartialBackup second = bench.written(lease(jobId, 2))) {
            assertThat(bench.hidden()).hasSize(8);
            second.publish();
        }
        assertThat(bench.visible()).hasSize(4);
        assertThat(bench.hidden()).isEmpty();
    }

    /** Whoever makes a file of the name after it was looked for loses nothing. */
    @Test
    void nameThatIsTakenDuringThePublishIsNotOverwritten() throws Exception {
        for (int round = 0; round < 300; round++) {
            Files.deleteIfExists(bench.path(FILE));
            try (PartialBackup partial = bench.written(lease(jobId, 1))) {
                CountDownLatch begin = new CountDownLatch(1);
                Future<Boolean> somebody =
                        threads.submit(() -> {
                            begin.await();
                            return makesTheFile();
                        });
                begin.countDown();
                boolean published = true;
                try {
                    partial.publish();
                } catch (ProblemException e) {
                    assertThat(e.code()).isEqualTo(ProblemCode.FILE_NAME_TAKEN);
                    published = false;
                }
                assertThat(somebody.get(10, TimeUnit.SECONDS))
                        .as("one of two")
                        .isNotEqualTo(published);
                assertThat(bench.path(FILE)).hasContent(published ? DUMP : "somebody else's");
                assertThat(bench.visible()).hasSize(published ? 4 : 1);
            }
            bench.folder.removePublished(lease(jobId, 1), FILE);
        }
    }

    private boolean makesTheFile() throws IOException {
        try {
            Files.createLink(
                    bench.path(FILE),
                    Files.writeString(home.resolve("somebody"), "somebody else's"));
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    @Test
    void safetyBackupIsKeptInItsOwnFolderWithAllThatBelongsToIt() throws Exception {
        String file = "safety/pre_restore_20260131_120000.sql.gz";
        Path safety = bench.path("safety");
        try (PartialBackup partial = bench.written(file, lease(jobId, 1))) {
            assertThat(DumpBench.mode(safety)).isEqualTo("rwx------");
            assertThat(names(safety))
                    .hasSize(4)
                    .contains(".pre_restore_20260131_120000.sql.gz.%s-1.partial".formatted(jobId));
            partial.publish();
        }
        assertThat(bench.visible()).containsExactly("safety");
        assertThat(names(safety)).hasSize(4).noneMatch(name -> name.startsWith("."));
        assertThat(Files.readString(bench.path(file + ".sha256")))
                .endsWith("  pre_restore_20260131_120000.sql.gz\n");
        assertThat(bench.folder.isTaken(file)).isTrue();
        BackupManifest manifest = bench.folder.publishedBy(jobId, file, () -> {}).orElseThrow();
        bench.folder.rewriteManifest(
                file, lease(UUID.randomUUID(), 1), found -> found.described(false, "another"));
        assertThat(bench.folder.publishedBy(jobId, file, () -> {}).orElseThrow().reason())
                .isEqualTo("another");

        bench.written(file.replace("12", "13"), lease(jobId, 2));
        assertThat(names(safety)).hasSize(8);
        bench.folder.removeUnfinished(lease(jobId, 2), null);
        assertThat(names(safety)).hasSize(4);

        Files.setPosixFilePermissions(safety, PosixFilePermissions.fromString("rwxr-xr-x"));
        bench.folder.prepare();
        assertThat(DumpBench.mode(safety)).isEqualTo("rwx------");

        assertThat(manifest.file().name()).isEqualTo(file);
        bench.folder.removePublished(lease(jobId, 2), file);
        assertThat(names(safety)).isEmpty();
    }

    @Test
    void folderOfSafetyBackupsThatIsALinkIsNotFollowed() throws Exception {
        String file = "safety/pre_restore_20260131_120000.sql.gz";
        bench.written(file, lease(jobId, 1));
        Path elsewhere = Files.move(bench.path("safety"), home.resolve("elsewhere"));
        Files.createSymbolicLink(bench.path("safety"), elsewhere);

        assertThat(bench.folder.isTaken(file)).isTrue();
        assertThat(problemOf(() -> bench.folder.begin(file, lease(jobId, 2))))
                .isEqualTo(ProblemCode.FOLDER_NOT_WRITABLE);
        bench.folder.removePartials((_, _) -> true);
        assertThat(names(elsewhere)).hasSize(4);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void hashAndSizeAreThoseOfTheBytesWritten() throws Exception {
        try (PartialBackup partial = bench.folder.begin(FILE, lease(jobId, 1))) {
            PartialBackup.HashedOutput dump = partial.dump();
            dump.stream().write('a');
            dump.stream().write("xbcx".getBytes(UTF_8), 1, 2);

            // FIPS 180-2, appendix B.1
            assertThat(dump.finish())
                    .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
            assertThat(dump.sizeBytes()).isEqualTo(3);
        }
    }

    @Test
    void ownerIsToldByTheNameAlone() {
        assertThat(PartialBackup.owner(Path.of("/x/.a.sql.gz.%s-12.partial".formatted(jobId))))
                .contains(new PartialBackup.Owner(jobId, 12));
        for (String other :
                List.of(
                        "a.sql.gz.%s-12.partial",
                        ".a.sql.gz.%s.partial",
                        ".a.sql.gz.%s-12.partial.bak",
                        ".a.sql.gz.%s-9999999999.partial",
                        ".a.sql.gz.x%s-12.partial")) {
            assertThat(PartialBackup.owner(Path.of(other.formatted(jobId)))).as(other).isEmpty();
        }
    }

    private static ProblemCode problemOf(Runnable work) {
        return catchThrowableOfType(ProblemException.class, work::run).code();
    }
}
