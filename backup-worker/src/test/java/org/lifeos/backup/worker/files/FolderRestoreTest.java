package org.lifeos.backup.worker.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.lifeos.backup.job.FileConflict.KEEP_NEWER;
import static org.lifeos.backup.job.FileConflict.OVERWRITE;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.job.FileConflict;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.FilesRestoreResult.Folder;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.FixedPath;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.testing.AttemptBench;

class FolderRestoreTest {
    private static final Instant OLD = Instant.parse("2026-01-31T03:00:00Z");
    private static final Instant NEW = OLD.plusSeconds(3600);

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir Path place;
    private Path home;
    private Path mirror;
    private Attempt attempt;

    @BeforeEach
    void folders() throws IOException {
        home = Files.createDirectory(place.resolve("home"));
        mirror = Files.createDirectory(place.resolve("mirror"));
        attempt = BENCH.begin();
    }

    private Path write(Path root, String name, String text, Instant modified) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return Files.setLastModifiedTime(file, FileTime.from(modified));
    }

    private FilesRestoreResult restore(FileConflict conflict, boolean dryRun, String... folders) {
        return new FolderRestore(attempt, mirror, home).run(List.of(folders), conflict, dryRun);
    }

    private static List<String> namesIn(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> found = Files.walk(folder)) {
            return found.filter(path -> !path.equals(folder))
                    .map(path -> folder.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void foldersComeBackWithTimesModesAndLinks() throws IOException {
        Path script = write(mirror, "output/deep/er/run.sh", "echo", OLD);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x---"));
        write(mirror, "data/ü ö\n'quoted' $(touch x) \\#101.txt", "odd", OLD);
        write(mirror, "data/-rf", "dash", OLD);
        Files.createSymbolicLink(mirror.resolve("data/link"), Path.of("/etc/hostname"));
        Files.createDirectory(mirror.resolve("data/empty"));

        FilesRestoreResult result = restore(KEEP_NEWER, false);

        Path restored = home.resolve("output/deep/er/run.sh");
        assertThat(restored).hasContent("echo");
        assertThat(Files.getLastModifiedTime(restored).toInstant()).isEqualTo(OLD);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(restored)))
                .isEqualTo("rwxr-x---");
        assertThat(Files.readSymbolicLink(home.resolve("data/link")))
                .isEqualTo(Path.of("/etc/hostname"));
        assertThat(namesIn(home.resolve("data"))).isEqualTo(namesIn(mirror.resolve("data")));
        assertThat(home.resolve("data/empty")).isDirectory();
        assertThat(result.files()).isEqualTo(4);
        assertThat(result.bytes()).isEqualTo(4 + 3 + 4);
        assertThat(result.folders())
                .contains(
                        new Folder("output", true, 1, 4, 0), new Folder("uploads", false, 0, 0, 0))
                .hasSize(6);
        assertThat(restore(KEEP_NEWER, false).files()).as("done again").isZero();
    }

    @Test
    void dryRunTellsTheSameAndChangesNothing() throws IOException {
        write(mirror, "output/a", "aaa", OLD);
        write(home, "output/b", "b", OLD);

        FilesRestoreResult planned = restore(KEEP_NEWER, true);

        assertThat(planned.files()).isEqualTo(1);
        assertThat(planned.bytes()).isEqualTo(3);
        assertThat(namesIn(home)).containsExactly("output", "output/b");
        assertThat(restore(KEEP_NEWER, false).folders()).isEqualTo(planned.folders());
    }

    @Test
    void newerFilesStayUnlessTheyAreToBeOverwritten() throws IOException {
        write(mirror, "output/edited", "old", OLD);
        write(home, "output/edited", "newer", NEW);
        write(mirror, "output/stale", "newer", NEW);
        write(home, "output/stale", "old", OLD);
        write(home, "output/mine", "only here", OLD);

        FilesRestoreResult kept = restore(KEEP_NEWER, false, "output");

        assertThat(kept.folders()).containsExactly(new Folder("output", true, 1, 5, 1));
        assertThat(home.resolve("output/edited")).hasContent("newer");
        assertThat(home.resolve("output/stale")).hasContent("newer");

        restore(OVERWRITE, false, "output");
        assertThat(home.resolve("output/edited")).hasContent("old");
        assertThat(home.resolve("output/mine")).hasContent("only here");
    }

    @Test
    void newerLinksStayUnlessTheyAreToBeOverwritten() throws IOException {
        link(mirror, "output/newest", "monday", OLD);
        link(home, "output/newest", "tuesday", NEW);
        link(mirror, "output/stale", "tuesday", NEW);
        link(home, "output/stale", "monday", OLD);

        FilesRestoreResult kept = restore(KEEP_NEWER, false, "output");

        assertThat(kept.folders()).containsExactly(new Folder("output", true, 1, 0, 1));
        assertThat(Files.readSymbolicLink(home.resolve("output/newest"))).hasToString("tuesday");
        assertThat(Files.readSymbolicLink(home.resolve("output/stale"))).hasToString("tuesday");

        restore(OVERWRITE, false, "output");
        assertThat(Files.readSymbolicLink(home.resolve("output/newest"))).hasToString("monday");
    }

    private static void link(Path root, String name, String target, Instant modified)
            throws IOException {
        Path link = root.resolve(name);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, Path.of(target));
        Files.getFileAttributeView(link, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(FileTime.from(modified), null, null);
    }

    @Test
    void nothingIsRemovedToMakeRoomForAnotherKind() throws IOException {
        write(mirror, "output/was-a-file/x", "x", NEW);
        write(home, "output/was-a-file", "mine", OLD);
        write(mirror, "output/was-a-folder", "y", NEW);
        write(home, "output/was-a-folder/mine", "mine", OLD);
        write(mirror, "output/other", "z", NEW);

        FilesRestoreResult result = restore(KEEP_NEWER, false, "output");

        assertThat(result.files()).isEqualTo(1);
        assertThat(result.folders().getFirst().keptNewer()).isEqualTo(2);
        assertThat(home.resolve("output/was-a-file")).hasContent("mine");
        assertThat(home.resolve("output/was-a-folder/mine")).hasContent("mine");
        assertThat(home.resolve("output/other")).hasContent("z");
    }

    @Test
    void nothingIsRemovedWhereANameIsNoText() throws IOException {
        write(mirror, "output/other", "z", NEW);
        Path folder = Files.createDirectory(named(mirror, "output/d%e9"));
        Files.writeString(folder.resolve("x"), "x");
        Files.createDirectory(home.resolve("output"));
        Path mine = Files.writeString(named(home, "output/d%e9"), "mine");
        Files.writeString(named(mirror, "output/d%e8"), "a sibling");

        FilesRestoreResult result = restore(KEEP_NEWER, false, "output");

        assertThat(mine).hasContent("mine");
        assertThat(named(home, "output/d%e8")).hasContent("a sibling");
        assertThat(result.folders()).containsExactly(new Folder("output", true, 2, 10, 1));
    }

    private static Path named(Path root, String escaped) {
        return Path.of(URI.create("file://" + root + "/" + escaped));
    }

    @Test
    void nothingIsWrittenThroughLinksOutOfTheHomeFolder() throws IOException {
        Path outside = Files.createDirectory(place.resolve("outside"));
        write(mirror, "output/sub/file", "text", NEW);
        Files.createDirectory(home.resolve("output"));
        Files.createSymbolicLink(home.resolve("output/sub"), outside);
        restore(OVERWRITE, false, "output");
        assertThat(namesIn(outside)).isEmpty();

        Files.delete(home.resolve("output/sub"));
        Files.delete(home.resolve("output"));
        Files.createSymbolicLink(home.resolve("output"), outside);
        assertThatThrownBy(() -> restore(KEEP_NEWER, false, "output"))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        problem ->
                                assertThat(problem.code())
                                        .isEqualTo(ProblemCode.FOLDER_NOT_WRITABLE));
        assertThat(namesIn(outside)).isEmpty();
    }

    @Test
    void whatSynologyAndUnfinishedWorkLeaveStaysInTheMirror() throws IOException {
        write(mirror, "output/@eaDir/thumb", "t", OLD);
        write(mirror, "output/#recycle/gone", "t", OLD);
        write(mirror, "output/note_ada_Jan-31-2026_Conflict.txt", "t", OLD);
        write(mirror, "backups/postgres/.x.sql.gz.job-1.partial", "half", OLD);
        write(mirror, "output/real", "t", OLD);

        assertThat(restore(KEEP_NEWER, false).files()).isEqualTo(1);
        assertThat(home.resolve("output/real")).exists();
    }

    @Test
    void dumpsComeBackForTheirOwnerAlone() throws IOException {
        Path dump = write(mirror, "backups/postgres/x.sql.gz", "dump", OLD);
        Files.setPosixFilePermissions(dump, PosixFilePermissions.fromString("rwxrwxrwx"));
        write(mirror, "backups/postgres/x.sql.gz.manifest.json", "{}", OLD);

        restore(KEEP_NEWER, false, "backups/postgres");

        Path restored = home.resolve("backups/postgres/x.sql.gz");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(restored)))
                .isEqualTo("rw-------");
        assertThat(namesIn(home.resolve("backups/postgres")))
                .containsExactly("x.sql.gz", "x.sql.gz.manifest.json");
    }

    @Test
    void dumpOfWhichSomethingCannotBeCopiedStaysAwayAndNoOther() throws IOException {
        write(mirror, "backups/postgres/a.sql.gz", "dump", OLD);
        write(mirror, "backups/postgres/a.sql.gz.roles.sql", "roles", NEW);
        write(mirror, "backups/postgres/b.sql.gz", "dump", OLD);
        write(mirror, "backups/postgres/b.sql.gz.roles.sql", "roles", OLD);
        Path roles = write(home, "backups/postgres/a.sql.gz.roles.sql", "old", OLD);
        try (FixedPath _ = FixedPath.of(roles)) {
            assertThatThrownBy(() -> restore(KEEP_NEWER, false))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            problem -> {
                                assertThat(problem.code()).isEqualTo(ProblemCode.FILES_COPY_FAILED);
                                assertThat(problem.detail()).contains("a.sql.gz.roles.sql");
                            });
        }
        assertThat(namesIn(home.resolve("backups/postgres")))
                .containsExactly("a.sql.gz.roles.sql", "b.sql.gz", "b.sql.gz.roles.sql");

        restore(KEEP_NEWER, false);
        assertThat(home.resolve("backups/postgres/a.sql.gz")).exists();
    }

    @Test
    void whatCannotBeCopiedOfOneFolderKeepsNoOtherAway() throws IOException {
        write(mirror, "output/fixed/new.png", "new", OLD);
        write(mirror, "output/other.png", "other", OLD);
        write(mirror, "uploads/one.txt", "one", OLD);
        Path fixed = Files.createDirectories(home.resolve("output/fixed"));
        try (FixedPath _ = FixedPath.of(fixed)) {
            assertThatThrownBy(() -> restore(KEEP_NEWER, false))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            problem -> {
                                assertThat(problem.code()).isEqualTo(ProblemCode.FILES_COPY_FAILED);
                                assertThat(problem.detail()).contains("fixed");
                            });
        }
        assertThat(namesIn(home.resolve("output"))).containsExactly("fixed", "other.png");
        assertThat(home.resolve("uploads/one.txt")).hasContent("one");

        restore(KEEP_NEWER, false);
        assertThat(home.resolve("output/fixed/new.png")).hasContent("new");
    }

    @Test
    void whatCannotBeReadIsToldAndTheRestComesBack() throws IOException {
        write(mirror, "output/private/hidden.png", "hidden", OLD);
        write(mirror, "output/other.png", "other", OLD);
        write(mirror, "uploads/one.txt", "one", OLD);
        Path folder = mirror.resolve("output/private");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("---------"));
        try {
            assumeThat(Files.isReadable(folder)).as("a user who may read all").isFalse();
            for (boolean dryRun : List.of(true, false)) {
                assertThatThrownBy(() -> restore(KEEP_NEWER, dryRun))
                        .isInstanceOf(ProblemException.class)
                        .hasMessageContainingAll("output", "private");
            }
            assertThat(home.resolve("output/other.png")).hasContent("other");
            assertThat(home.resolve("uploads/one.txt")).hasContent("one");
        } finally {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void mirrorThatIsNoneIsAProblem() throws IOException {
        for (Path none : List.of(place.resolve("absent"), mirror, home)) {
            assertThatThrownBy(() ->
                            new FolderRestore(attempt, none, home)
                                    .run(List.of(), KEEP_NEWER, false))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            problem ->
                                    assertThat(problem.code())
                                            .isEqualTo(ProblemCode.MIRROR_UNAVAILABLE));
        }
        Path inside = Files.createDirectories(home.resolve("share/output")).getParent();
        assertThatThrownBy(() ->
                        new FolderRestore(attempt, inside, home).run(List.of(), KEEP_NEWER, false))
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void whatALostAttemptLeftIsRemovedAndNothingElse() throws IOException {
        Path output = Files.createDirectory(home.resolve("output"));
        Path lost = UnfinishedFiles.in(output, attempt.lease());
        write(lost, "half", "ha", OLD);
        Path foreign = Files.createDirectory(output.resolve(".files-restore.mine"));

        UnfinishedFiles.remove(home, (job, number) -> job.equals(UUID.randomUUID()));
        assertThat(lost).exists();
        UnfinishedFiles.remove(home, (job, number) -> job.equals(attempt.jobId()));
        assertThat(Files.exists(lost, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(foreign).exists();
    }
}
