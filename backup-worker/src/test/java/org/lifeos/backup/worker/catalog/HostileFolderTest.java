package org.lifeos.backup.worker.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.job.CatalogScanResult;
import org.lifeos.backup.json.Json;

/** Whoever can write into the folder can put anything there. */
class HostileFolderTest {
    private static final String FILE = "manual_backup_20260131_120000.sql.gz";
    private static final String OTHER = "manual_backup_20260201_120000.sql.gz";
    private static final CatalogScanResult NOTHING =
            new CatalogScanResult(List.of(), 0, List.of(), List.of());

    private static final long GROWN_BYTES = 100L << 20;

    @AutoClose private static final ScanBench BENCH = new ScanBench();

    @TempDir Path home;
    @TempDir Path outside;

    @BeforeEach
    void begin() {
        BENCH.begin(home);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "no JSON",
                "{\"version\": 1, \"file\": null}",
                "{\"file\": {\"name\": \"manual_backup_20260131_120000.sql.gz\"}}",
                "{\"version\": 1, \"contents\": \"text\"}"
            })
    void manifestThatIsNoneIsReplacedByOneOfTheDumpItself(String text) throws IOException {
        BENCH.foreign(FILE);
        BENCH.manifest(FILE, text);

        assertThat(BENCH.scan().imported()).containsExactly(FILE);
        assertThat(BENCH.of(FILE).kind()).isEqualTo(BackupKind.IMPORTED);
        assertThat(BENCH.scan().unchanged()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"name\":\"" + FILE + "\"|\"name\":\"../../../etc/passwd\"",
                "\"name\":\"" + FILE + "\"|\"name\":\"" + OTHER + "\"",
                "\"name\":\"" + FILE + "\"|\"name\":\"safety/" + FILE + "\"",
                "\"name\":\"" + FILE + "\"|\"name\":null",
                "roles.sql\"|../../x\"",
                "\"target\":\"lifeos\"|\"target\":\"app\"",
                "\"target\":\"lifeos\"|\"target\":\"manual\"",
                "\"target\":\"lifeos\"|\"target\":\"../lifeos\"",
                "\"kind\":\"manual\"|\"kind\":\"safety\"",
                "\"kind\":\"manual\"|\"kind\":\"unheard-of\"",
                "\"format\":\"plain\"|\"format\":\"custom\"",
                "\"label\":\"before-42\"|\"label\":\"\\u0000\"",
                "\"reason\":\"a reason\"|\"reason\":\"\\ud800\"",
                "\"rows\":3,\"contents\"|\"rows\":-3,\"contents\"",
                "\"snapshotAt\":\"2026|\"snapshotAt\":\"-2026",
                "\"createdAt\":\"2026|\"createdAt\":\"+20260",
                "\"sha256\":\"|\"sha256\":\"x",
                "\"table\":\"public.characters\"|\"table\":null",
                "\"outcome\":\"PASSED\"|\"outcome\":null"
            })
    void manifestThatLiesIsNotBelieved(String truth, String lie) throws IOException {
        BackupManifest manifest = BENCH.described("lifeos", BackupKind.MANUAL, FILE);
        String json = Json.write(manifest);
        assertThat(json).contains(truth);
        BENCH.manifest(FILE, json.replace(truth, lie));

        assertThat(BENCH.scan().imported()).containsExactly(FILE);
        assertThat(BENCH.of(FILE).id()).isNotEqualTo(manifest.backupId());
        assertThat(BENCH.of(FILE).kind()).isEqualTo(BackupKind.IMPORTED);
        assertThat(BENCH.of(FILE).target()).isEqualTo("lifeos");
        assertThat(BENCH.of(FILE).rows()).isEqualTo(3);
        assertThat(BENCH.manifest(FILE).file().name()).isEqualTo(FILE);
    }

    @Test
    void dumpWithAnotherSizeOrHashThanItsManifestIsCorrupt() throws IOException {
        BackupManifest manifest = BENCH.described("lifeos", BackupKind.MANUAL, FILE);
        String json = Json.write(manifest);
        BENCH.manifest(
                FILE,
                json.replace("\"sizeBytes\":" + manifest.file().sizeBytes(), "\"sizeBytes\":1"));

        assertThat(BENCH.scan().corrupt()).containsExactly(FILE);
        assertThat(BENCH.of(FILE).id()).isEqualTo(manifest.backupId());
        assertThat(BENCH.of(FILE).state()).isEqualTo(BackupState.CORRUPT);
    }

    @Test
    void copyOfAManifestMakesNoSecondBackupOfTheSameId() throws IOException {
        BackupManifest manifest = BENCH.backup(FILE);
        BENCH.foreign(OTHER);
        BENCH.manifest(OTHER, Json.write(manifest).replace(FILE, OTHER));

        CatalogScanResult result = BENCH.scan();
        assertThat(result.unchanged()).isEqualTo(1);
        assertThat(result.imported()).containsExactly(OTHER);
        assertThat(BENCH.of(FILE).id()).isEqualTo(manifest.backupId());
        assertThat(BENCH.of(OTHER).id()).isNotEqualTo(manifest.backupId());

        BENCH.loseTheCatalogue();
        BENCH.manifest(OTHER, Json.write(manifest).replace(FILE, OTHER));
        assertThat(BENCH.scan().imported()).containsExactly(FILE, OTHER);
        assertThat(BENCH.of(FILE).id()).isEqualTo(manifest.backupId());
    }

    @Test
    void twoBackupsThatClaimOneJobAreBothEntered() throws IOException {
        BackupManifest one = BENCH.described("lifeos", BackupKind.MANUAL, FILE);
        BackupManifest two = BENCH.described("lifeos", BackupKind.MANUAL, OTHER);
        BENCH.manifest(
                OTHER, Json.write(two).replace(two.jobId().toString(), one.jobId().toString()));

        assertThat(BENCH.scan().imported()).containsExactly(FILE, OTHER);
        assertThat(BENCH.scan().unchanged()).isEqualTo(2);
    }

    @Test
    void manifestWithoutEndIsNotRead() throws IOException {
        BENCH.foreign(FILE);
        try (RandomAccessFile endless =
                new RandomAccessFile(BENCH.path(FILE + ".manifest.json").toFile(), "rw")) {
            endless.setLength(8L << 30);
        }

        assertThat(BENCH.scan().imported()).containsExactly(FILE);
        assertThat(Files.size(BENCH.path(FILE + ".manifest.json"))).isLessThan(10_000);
    }

    @Test
    void manifestOfANewerVersionOfTheServiceStaysAsItIs() throws IOException {
        BackupManifest manifest = BENCH.described("lifeos", BackupKind.MANUAL, FILE);
        String newer =
                Json.write(manifest)
                        .replace("\"version\":1,\"backupId\"", "\"version\":2,\"backupId\"");
        BENCH.manifest(FILE, newer);

        assertThat(BENCH.scan()).isEqualTo(NOTHING);
        assertThat(Files.readString(BENCH.path(FILE + ".manifest.json"))).isEqualTo(newer);
    }

    @Test
    void linksAreNeitherFollowedNorWrittenThrough() throws IOException {
        Path precious = Files.writeString(outside.resolve("precious"), "stays");
        Path dump = Files.write(outside.resolve("dump.sql.gz"), ScanBench.gzip(BENCH.sql()));
        Files.createSymbolicLink(BENCH.path("link.sql.gz"), dump);
        Files.createSymbolicLink(BENCH.path("safety"), outside);
        BENCH.foreign(FILE);
        Files.createSymbolicLink(BENCH.path(FILE + ".manifest.json"), precious);
        Files.createSymbolicLink(BENCH.path(FILE + ".sha256"), precious);

        assertThat(BENCH.scan().imported()).containsExactly(FILE);
        assertThat(BENCH.rows()).containsExactly(FILE + " imported AVAILABLE");
        assertThat(Files.readString(precious)).isEqualTo("stays");
        try (Stream<Path> files = Files.list(outside)) {
            assertThat(files).containsExactlyInAnyOrder(precious, dump);
        }
    }

    @Test
    void namesThatAreHiddenOddOrOfFoldersAreLeftOut() throws IOException {
        BENCH.foreign(".hidden.sql.gz");
        BENCH.foreign("line\nbreak.sql.gz");
        BENCH.foreign("x".repeat(200) + ".sql.gz");
        Files.createDirectory(BENCH.path("folder.sql.gz"));
        BENCH.foreign("notes.txt");

        assertThat(BENCH.scan()).isEqualTo(NOTHING);
        assertThat(BENCH.rows()).isEmpty();
    }

    @Test
    void namesOfAllOtherKindsAreEntered() throws IOException {
        List<String> names =
                List.of(
                        " a blank .sql.gz",
                        "$(touch x);'\"<b>.sql.gz",
                        "%s %d {0}.sql.gz",
                        "-rf.sql.gz",
                        "x".repeat(170) + ".sql.gz");
        for (String name : names) {
            BENCH.foreign(name);
        }

        assertThat(BENCH.scan().imported()).containsExactlyElementsOf(names);
        assertThat(BENCH.scan().unchanged()).isEqualTo(names.size());
    }

    @Test
    void dumpThatCannotBeDescribedKeepsNoOtherFromBeingEntered() throws IOException {
        BENCH.foreign(FILE);
        Files.createDirectories(BENCH.path(FILE + ".manifest.json").resolve("in the way"));
        BENCH.foreign(OTHER);

        assertThat(BENCH.scan().imported()).containsExactly(OTHER);
        Backup backup = BENCH.of(OTHER);
        assertThat(BENCH.rows()).containsExactly(OTHER + " imported AVAILABLE");
        assertThat(backup.rows()).isEqualTo(3);
        try (Stream<Path> files = Files.list(BENCH.folder.path())) {
            assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith("."));
        }
    }

    @Test
    void whatIsNoArchiveIsCorruptWhateverItsName() throws IOException {
        String name = "manual_backup_20260131_120000.dump";
        BENCH.foreign(name);

        assertThat(BENCH.scan().corrupt()).containsExactly(name);
    }

    /** A small file that is a thousand times as large when it is read. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-- ",
                "select '",
                "COPY public.t (",
                "COPY public.t (x) FROM stdin;\n",
                "INSERT INTO public.t VALUES ("
            })
    void dumpThatGrowsIsReadWithoutHoldingItAndCorrupt(String beginning) throws IOException {
        BENCH.foreign(FILE, bomb(beginning, ""));
        long before = allocatedBytes();

        assertThat(BENCH.scan().corrupt()).containsExactly(FILE);

        assertThat(allocatedBytes() - before).isLessThan(GROWN_BYTES / 4);
    }

    /** All that this thread ever asked for. */
    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    @Test
    void valueOfAnySizeIsEnteredAsAnyOther() throws IOException {
        String end = "\n\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n";
        BENCH.foreign(FILE, bomb("COPY public.t (x) FROM stdin;\n", end));

        assertThat(BENCH.scan().imported()).containsExactly(FILE);
        assertThat(BENCH.of(FILE).rows()).isEqualTo(1);
    }

    private static byte[] bomb(String beginning, String end) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(file, 1 << 16)) {
            gzip.write(beginning.getBytes(UTF_8));
            byte[] same = "x".repeat(1 << 20).getBytes(UTF_8);
            for (int i = 0; i < GROWN_BYTES >> 20; i++) {
                gzip.write(same);
            }
            gzip.write(end.getBytes(UTF_8));
        }
        assertThat(file.size()).isLessThan(1 << 20);
        return file.toByteArray();
    }
}
