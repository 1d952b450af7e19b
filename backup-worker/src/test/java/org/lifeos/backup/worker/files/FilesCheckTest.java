package org.lifeos.backup.worker.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.files.SyncedFolders;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.FilesCheckResult.CheckedFolder;
import org.lifeos.backup.job.MirrorState;
import org.lifeos.backup.worker.testing.AttemptBench;

class FilesCheckTest {
    private static final long SEED = 4711;

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir Path place;
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    private Path home;
    private Path mirror;

    @BeforeEach
    void inSync() throws IOException {
        home = Files.createDirectory(place.resolve("home"));
        mirror = Files.createDirectory(place.resolve("mirror"));
        for (String folder : SyncedFolders.NAMES) {
            both(folder + "/file.txt", "content of " + folder, hoursAgo(2));
        }
    }

    private Instant hoursAgo(int hours) {
        return now.get().minus(Duration.ofHours(hours));
    }

    private void both(String name, String text, Instant modified) throws IOException {
        write(home, name, text, modified);
        write(mirror, name, text, modified);
    }

    private static void write(Path root, String name, String text, Instant modified)
            throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(modified));
    }

    private FilesCheckResult check() {
        return check(Optional.of(mirror));
    }

    private FilesCheckResult check(Optional<Path> where) {
        return new FilesCheck(BENCH.begin(), new FilesSettings(home, where), now::get, SEED).run();
    }

    private static CheckedFolder folder(FilesCheckResult result, String name) {
        return result.folders().stream()
                .filter(folder -> folder.folder().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private CheckedFolder output() {
        return folder(check(), "output");
    }

    @Test
    void copyThatIsWholeIsInSync() throws IOException {
        both("output/deep/er.bin", "12345", hoursAgo(1));

        FilesCheckResult result = check();

        assertThat(result.seed()).isEqualTo(SEED);
        assertThat(result.mirror().path()).isEqualTo(mirror.toString());
        assertThat(result.mirror().problem()).isNull();
        assertThat(result.folders())
                .extracting(CheckedFolder::mirrorState)
                .hasSize(6)
                .containsOnly(MirrorState.IN_SYNC);
        CheckedFolder output = folder(result, "output");
        assertThat(output.files()).isEqualTo(2);
        assertThat(output.bytes()).isEqualTo(5 + "content of output".length());
        assertThat(output.newest()).isEqualTo(hoursAgo(1));
        assertThat(output.comparedByContent()).isEqualTo(2);
        assertThat(output.differences()).isEmpty();
    }

    @Test
    void fileThatIsNotThereIsLaggingWhileItIsYoungAndThenMissing() throws IOException {
        write(home, "output/f4.bin", "x", now.get().minus(Duration.ofMinutes(14)));
        CheckedFolder young = output();
        assertThat(young.mirrorState()).isEqualTo(MirrorState.LAGGING);
        assertThat(young.lagSeconds()).isBetween(14 * 60L, 15 * 60L);
        assertThat(young.differences()).containsExactly("output/f4.bin: missing in the mirror");

        now.set(now.get().plus(Duration.ofMinutes(2)));
        assertThat(output().mirrorState()).isEqualTo(MirrorState.MISSING);
    }

    @Test
    void differencesInSizeTimeAndKindAreNamed() throws IOException {
        write(home, "output/size", "longer", hoursAgo(1));
        write(mirror, "output/size", "long", hoursAgo(1));
        write(home, "output/time", "same", hoursAgo(1));
        write(mirror, "output/time", "same", hoursAgo(2));
        write(home, "output/kind", "file", hoursAgo(1));
        Files.createDirectory(mirror.resolve("output/kind"));

        CheckedFolder output = output();

        assertThat(output.mirrorState()).isEqualTo(MirrorState.MISSING);
        assertThat(output.differences())
                .containsExactlyInAnyOrder(
                        "output/size: has another size",
                        "output/time: was changed at another time",
                        "output/kind: is of another kind");
    }

    @Test
    void contentThatRottedUnderTheSameTimeIsFoundByTheSample() throws IOException {
        write(mirror, "output/file.txt", "CONTENT OF OUTPUT", hoursAgo(2));

        CheckedFolder output = output();

        assertThat(output.mirrorState()).isEqualTo(MirrorState.MISSING);
        assertThat(output.differences()).containsExactly("output/file.txt: has other content");
    }

    @Test
    void whatIsNoDifferenceMakesNone() throws IOException {
        write(home, "output/coarse", "t", hoursAgo(1));
        write(mirror, "output/coarse", "t", hoursAgo(1).plusMillis(1_500));
        String name = "output/Grüße ñ.txt";
        write(home, Normalizer.normalize(name, Normalizer.Form.NFD), "u", hoursAgo(1));
        write(mirror, Normalizer.normalize(name, Normalizer.Form.NFC), "u", hoursAgo(1));
        write(mirror, "output/@eaDir/x", "t", hoursAgo(1));
        write(mirror, "output/only-there", "t", hoursAgo(1));
        write(home, "backups/postgres/.x.sql.gz.job-1.partial", "half", hoursAgo(1));
        write(home, "output/a_Conflict.txt", "t", hoursAgo(1));
        mirror.resolve("output/file.txt").toFile().setReadOnly();

        FilesCheckResult result = check();

        assertThat(folder(result, "output").differences()).isEmpty();
        assertThat(folder(result, "output").files()).isEqualTo(3);
        assertThat(folder(result, "backups/postgres").differences()).isEmpty();
        assertThat(folder(result, "backups/postgres").files()).isEqualTo(1);
    }

    @Test
    void namesThatSynologyNeverSyncsAreNoDifferenceButAreTold() throws IOException {
        write(home, "output/.hidden", "t", hoursAgo(1));
        write(home, "output/~draft", "t", hoursAgo(1));
        write(home, "output/what?", "t", hoursAgo(1));
        write(home, "output/dot.", "t", hoursAgo(1));
        write(home, "output/_build/inside", "t", hoursAgo(1));

        CheckedFolder output = output();

        assertThat(output.mirrorState()).isEqualTo(MirrorState.IN_SYNC);
        assertThat(output.neverProtected())
                .containsExactlyInAnyOrder(".hidden", "~draft", "what?", "dot.", "_build");
        assertThat(output.neverProtectedCount()).isEqualTo(5);
        assertThat(output.files()).isEqualTo(6);
    }

    @Test
    void oddNamesAreNamed() throws IOException {
        write(home, "output/-n\nl\tü \\#101", "t", hoursAgo(1));
        assertThat(output().neverProtected()).hasSize(1);
        write(home, "output/-n\nl\tü #101 'x' $(y)", "t", hoursAgo(1));
        assertThat(output().differences())
                .containsExactly("output/-n\nl\tü #101 'x' $(y): missing in the mirror");
    }

    @Test
    void namesThatAreNoTextAreCompared() throws IOException {
        Path file = Path.of(URI.create("file://" + home.resolve("output") + "/caf%e9.txt"));
        Files.writeString(file, "a name of another time");
        Files.setLastModifiedTime(file, FileTime.from(hoursAgo(1)));

        CheckedFolder missing = output();

        assertThat(missing.mirrorState()).isEqualTo(MirrorState.MISSING);
        assertThat(missing.differences())
                .containsExactly("output/caf\uFFFD.txt: missing in the mirror");

        Path other = Path.of(URI.create("file://" + mirror.resolve("output") + "/caf%e9.txt"));
        Files.copy(file, other, StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(output().mirrorState()).isEqualTo(MirrorState.IN_SYNC);
        assertThat(output().comparedByContent()).isEqualTo(2);
    }

    @Test
    void folderThatIsALinkToAnotherDiskIsCountedAndCompared() throws IOException {
        Path disk = place.resolve("disk");
        Files.move(home.resolve("output"), disk);
        Files.createSymbolicLink(home.resolve("output"), disk);
        write(disk, "new.bin", "12345", hoursAgo(1));

        CheckedFolder output = output();

        assertThat(output.files()).isEqualTo(2);
        assertThat(output.bytes()).isEqualTo(5 + "content of output".length());
        assertThat(output.comparedByContent()).isEqualTo(1);
        assertThat(output.differences()).containsExactly("output/new.bin: missing in the mirror");
    }

    @Test
    void whatCannotBeReadIsUnproven() throws IOException {
        both("output/private/file.txt", "t", hoursAgo(1));
        for (Path root : List.of(home, mirror)) {
            Path folder = root.resolve("output/private");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("---------"));
            assumeThat(Files.isReadable(folder)).as("a user who may read all").isFalse();
            try {
                CheckedFolder output = output();
                assertThat(output.mirrorState()).isEqualTo(MirrorState.UNPROVEN);
                assertThat(output.lagSeconds()).isNull();
                assertThat(output.differences())
                        .singleElement()
                        .asString()
                        .startsWith("output: not all of it could be compared: ")
                        .contains("private", "Permission denied");
            } finally {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            }
        }
        assertThat(output().mirrorState()).isEqualTo(MirrorState.IN_SYNC);
    }

    @Test
    void whatIsNoFolderIsUnproven() throws IOException {
        Files.delete(home.resolve("output/file.txt"));
        Files.delete(home.resolve("output"));
        assertThat(output().mirrorState()).as("nothing to lose").isEqualTo(MirrorState.IN_SYNC);

        write(home, "output", "a file", hoursAgo(1));
        assertThat(output().mirrorState()).isEqualTo(MirrorState.UNPROVEN);
        assertThat(output().differences()).hasSize(1);
    }

    @Test
    void folderThatTheMirrorDoesNotHaveIsMissing() throws IOException {
        Files.delete(mirror.resolve("uploads/file.txt"));
        Files.delete(mirror.resolve("uploads"));
        assertThat(folder(check(), "uploads").mirrorState()).isEqualTo(MirrorState.MISSING);
        assertThat(folder(check(), "output").mirrorState()).isEqualTo(MirrorState.IN_SYNC);
    }

    @Test
    void mirrorThatProvesNothingIsUnproven() throws IOException {
        Path empty = Files.createDirectory(place.resolve("empty"));
        Path link = Files.createSymbolicLink(place.resolve("link"), home);
        for (Optional<Path> none :
                List.of(
                        Optional.<Path>empty(),
                        Optional.of(empty),
                        Optional.of(place.resolve("absent")),
                        Optional.of(home),
                        Optional.of(link))) {
            FilesCheckResult result = check(none);
            assertThat(result.folders())
                    .as("" + none)
                    .extracting(CheckedFolder::mirrorState)
                    .containsOnly(MirrorState.UNPROVEN);
            assertThat(result.mirror().problem()).isNotBlank();
            assertThat(folder(result, "output").files()).isEqualTo(1);
        }
    }

    @Test
    void folderOfTheMirrorThatIsHomesOwnIsUnproven() throws IOException {
        Files.delete(mirror.resolve("output/file.txt"));
        Files.delete(mirror.resolve("output"));
        Files.createSymbolicLink(mirror.resolve("output"), home.resolve("output"));
        FilesCheckResult result = check();
        assertThat(folder(result, "output").mirrorState()).isEqualTo(MirrorState.UNPROVEN);
        assertThat(folder(result, "data").mirrorState()).isEqualTo(MirrorState.IN_SYNC);
    }

    @Test
    void manyDifferencesAreCountedAndAHundredNamed() throws IOException {
        for (int i = 0; i < 120; i++) {
            write(home, "output/many/" + i, "t", hoursAgo(1));
        }
        CheckedFolder output = output();
        // the folder itself is one
        assertThat(output.differenceCount()).isEqualTo(121);
        assertThat(output.differences()).hasSize(100);
    }

    @Test
    void lagIsMeasuredByAFileThatTravels() throws IOException {
        MirrorNonce nonce = new MirrorNonce(new FilesSettings(home, Optional.of(mirror)), now::get);
        nonce.look();
        now.set(now.get().plusSeconds(40));
        assertThat(check().mirror().lagSeconds()).as("under way").isEqualTo(40);
        travel();
        now.set(now.get().plusSeconds(2));
        assertThat(check().mirror().lagSeconds()).as("arrived").isEqualTo(42);
        now.set(now.get().plusSeconds(10));
        assertThat(check().mirror().lagSeconds()).as("the next one").isEqualTo(42);
        now.set(now.get().plusSeconds(100));
        assertThat(check().mirror().lagSeconds()).as("the next one is slower").isEqualTo(110);
        assertThat(folder(check(), "data").mirrorState()).isEqualTo(MirrorState.IN_SYNC);
    }

    private void travel() throws IOException {
        Path file = Path.of("data").resolve(MirrorNonce.FILE);
        Files.copy(home.resolve(file), mirror.resolve(file));
    }
}
