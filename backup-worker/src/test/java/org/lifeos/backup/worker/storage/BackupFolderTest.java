package org.lifeos.backup.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lifeos.backup.worker.storage.DumpBench.DUMP;
import static org.lifeos.backup.worker.storage.DumpBench.FILE;
import static org.lifeos.backup.worker.storage.DumpBench.SIDECARS;
import static org.lifeos.backup.worker.storage.DumpBench.lease;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.StopReason;
import org.lifeos.backup.worker.job.StoppedException;

class BackupFolderTest {
    private static final String MANIFEST = FILE + ".manifest.json";

    @TempDir Path home;

    private final UUID jobId = UUID.randomUUID();
    private final UUID otherJob = UUID.randomUUID();
    private DumpBench bench;

    @BeforeEach
    void emptyFolder() {
        bench = new DumpBench(home);
    }

    @Test
    void folderIsForItsOwnerAloneEvenWhenItWasOpenBefore() throws Exception {
        assertThat(bench.folder.path()).isEqualTo(home.resolve("backups/postgres"));
        assertThat(DumpBench.mode(bench.folder.path())).isEqualTo("rwx------");
        Files.setPosixFilePermissions(
                bench.folder.path(), PosixFilePermissions.fromString("rwxr-xr-x"));

        bench.folder.prepare();

        assertThat(DumpBench.mode(bench.folder.path())).isEqualTo("rwx------");
        assertThat(bench.hidden()).isEmpty();
    }

    @Test
    void folderThatCannotBeMadeIsAProblem() throws Exception {
        BackupFolder nowhere = new BackupFolder(home.resolve("missing"));
        assertThat(problemOf(nowhere::prepare)).isEqualTo(ProblemCode.FOLDER_NOT_WRITABLE);
        assertThat(home.resolve("missing")).doesNotExist();

        Path blocked = Files.createDirectory(home.resolve("blocked"));
        Files.writeString(blocked.resolve("backups"), "a file");
        assertThat(problemOf(() -> new BackupFolder(blocked).prepare()))
                .isEqualTo(ProblemCode.FOLDER_NOT_WRITABLE);
    }

    @Test
    void dumpThatWouldNotFitIsRefused() {
        assertThatCode(() -> bench.folder.requireSpace(0)).doesNotThrowAnyException();
        assertThat(problemOf(() -> bench.folder.requireSpace(1L << 60)))
                .isEqualTo(ProblemCode.DISK_FULL);
    }

    @Test
    void nameIsTakenByAnyFileOfItsDump() throws Exception {
        assertThat(bench.folder.isTaken(FILE)).isFalse();
        for (String name : SIDECARS) {
            Files.writeString(bench.path(name), "");
            assertThat(bench.folder.isTaken(FILE)).as(name).isTrue();
            Files.delete(bench.path(name));
        }
        Files.createSymbolicLink(bench.path(FILE), home.resolve("nowhere"));
        assertThat(bench.folder.isTaken(FILE)).isTrue();
    }

    @Test
    void wholeDumpOfTheJobIsFound() {
        bench.published(jobId);

        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {}).orElseThrow().jobId())
                .isEqualTo(jobId);
        assertThat(bench.folder.publishedBy(otherJob, FILE, () -> {})).isEmpty();
        assertThat(bench.folder.publishedBy(jobId, "other.sql.gz", () -> {})).isEmpty();
    }

    @Test
    void dumpWithAnAlteredOrMissingByteIsNotWhole() throws Exception {
        bench.published(jobId);

        Files.writeString(bench.path(FILE), DUMP.replace('d', 'b'));
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as("altered").isEmpty();
        Files.writeString(bench.path(FILE), DUMP.substring(1));
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as("shorter").isEmpty();
        Files.delete(bench.path(FILE));
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as("gone").isEmpty();
    }

    @Test
    void dumpWithoutAllItsSidecarsIsNotWhole() throws Exception {
        bench.published(jobId);
        for (String name : SIDECARS) {
            Path elsewhere = Files.move(bench.path(name), home.resolve("elsewhere"));
            assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as(name).isEmpty();
            Files.move(elsewhere, bench.path(name));
        }
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).isPresent();
    }

    @Test
    void dumpWithoutAManifestOfItsOwnIsNobodys() throws Exception {
        bench.published(jobId);

        Files.writeString(bench.path(MANIFEST), "{\"jobId\": ");
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as("broken off").isEmpty();
        Files.writeString(bench.path(MANIFEST), "");
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as("empty").isEmpty();
        Files.write(bench.path(MANIFEST), new byte[] {0, (byte) 0xff, 1});
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as("garbage").isEmpty();
        for (String empty : List.of("{}", "null", "{\"jobId\": \"%s\"}".formatted(jobId))) {
            Files.writeString(bench.path(MANIFEST), empty);
            assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as(empty).isEmpty();
        }
        Files.delete(bench.path(MANIFEST));
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as("missing").isEmpty();
    }

    @Test
    void symbolicLinksAreNotFollowed() throws Exception {
        bench.published(jobId);
        for (String name : List.of(FILE, MANIFEST)) {
            Path elsewhere = home.resolve("elsewhere");
            Files.move(bench.path(name), elsewhere);
            Files.createSymbolicLink(bench.path(name), elsewhere);

            assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).as(name).isEmpty();

            Files.delete(bench.path(name));
            Files.move(elsewhere, bench.path(name));
        }
        assertThat(bench.folder.publishedBy(jobId, FILE, () -> {})).isPresent();
    }

    @Test
    void partialFilesAreRemovedAsTheirJobAndAttemptAllow() throws Exception {
        PartialBackup first = bench.written(lease(jobId, 1));
        PartialBackup second = bench.written(lease(jobId, 2));
        Files.writeString(bench.path(".note.partial"), "somebody's");
        Set<String> asked = new ConcurrentSkipListSet<>();

        bench.folder.removePartials((job, attempt) -> {
            asked.add(job + " " + attempt);
            return attempt == 1;
        });

        assertThat(asked).containsExactly(jobId + " 1", jobId + " 2");
        assertThat(bench.hidden())
                .hasSize(5)
                .contains(".note.partial")
                .noneMatch(name -> name.contains("-1.partial"));
        first.close();
        second.close();
    }

    @Test
    void removedPartialFileThatIsALinkLeavesWhatItLeadsTo() throws Exception {
        Path victim = Files.writeString(home.resolve("victim"), "precious");
        Files.createSymbolicLink(bench.path(".%s.%s-1.partial".formatted(FILE, jobId)), victim);

        bench.folder.removePartials((_, _) -> true);

        assertThat(bench.hidden()).isEmpty();
        assertThat(victim).hasContent("precious");
    }

    @Test
    void unfinishedWorkOfAJobIsRemovedAndNothingOfOthers() throws Exception {
        bench.published(jobId);
        Files.delete(bench.path(FILE));
        bench.written(lease(jobId, 2));
        bench.written(lease(otherJob, 1));

        bench.folder.removeUnfinished(lease(jobId, 2), FILE);

        assertThat(bench.visible()).as("sidecars whose dump never came").isEmpty();
        assertThat(bench.hidden()).hasSize(4).allMatch(name -> name.contains(otherJob + "-1"));
    }

    @Test
    void sidecarsOfAWholeDumpOrOfAnotherJobAreNotUnfinished() throws Exception {
        bench.published(jobId);

        bench.folder.removeUnfinished(lease(jobId, 2), FILE);
        assertThat(bench.visible()).hasSize(4);

        Files.delete(bench.path(FILE));
        bench.folder.removeUnfinished(lease(otherJob, 2), FILE);
        assertThat(bench.visible()).containsExactlyInAnyOrderElementsOf(SIDECARS);
        bench.folder.removeUnfinished(lease(jobId, 2), null);
        assertThat(bench.visible()).hasSize(3);
    }

    @Test
    void publishedDumpIsRemovedForItsOwnJobAlone() {
        bench.published(jobId);

        bench.folder.removePublished(lease(otherJob, 2), FILE);
        bench.folder.removePublished(lease(jobId, 2), null);
        bench.folder.removePublished(lease(jobId, 2), "other.sql.gz");
        assertThat(bench.visible()).hasSize(4);

        bench.folder.removePublished(lease(jobId, 2), FILE);
        assertThat(bench.visible()).isEmpty();
    }

    @Test
    void dumpThatSomebodyElseMadeIsNeverRemoved() throws Exception {
        Files.writeString(bench.path(FILE), "the old script's");

        bench.folder.removePublished(lease(jobId, 2), FILE);
        bench.folder.removeUnfinished(lease(jobId, 2), FILE);

        assertThat(bench.path(FILE)).hasContent("the old script's");
    }

    @Test
    void whatALaterAttemptMadeIsNeverRemoved() throws Exception {
        bench.published(lease(jobId, 3));
        bench.written(lease(jobId, 3));
        bench.written(lease(jobId, 2));

        bench.folder.removeUnfinished(lease(jobId, 2), FILE);
        bench.folder.removePublished(lease(jobId, 2), FILE);
        assertThat(bench.visible()).hasSize(4);
        assertThat(bench.hidden()).hasSize(4).allMatch(name -> name.contains(jobId + "-3"));

        Files.delete(bench.path(FILE));
        bench.folder.removeUnfinished(lease(jobId, 2), FILE);
        assertThat(bench.visible()).as("its sidecars").hasSize(3);
        bench.folder.removeUnfinished(lease(jobId, 3), FILE);
        assertThat(bench.visible()).isEmpty();
        assertThat(bench.hidden()).isEmpty();
    }

    @Test
    void readingAPublishedDumpEndsWhenItsAttemptIsStopped() {
        bench.published(jobId);

        assertThatThrownBy(() ->
                        bench.folder.publishedBy(
                                jobId,
                                FILE,
                                () -> {
                                    throw new StoppedException(StopReason.CANCELLED);
                                }))
                .isInstanceOf(StoppedException.class);
    }

    private static ProblemCode problemOf(Runnable work) {
        return catchThrowableOfType(ProblemException.class, work::run).code();
    }
}
