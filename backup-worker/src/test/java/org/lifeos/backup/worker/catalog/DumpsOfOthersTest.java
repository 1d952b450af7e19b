package org.lifeos.backup.worker.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.restore.DisprovedException;
import org.lifeos.backup.worker.restore.DumpProof;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.FoundDump;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.Targets;
import org.lifeos.backup.worker.testing.AttemptBench;

/** Dumps that somebody took with other options than the service: imported and proven by restore. */
@Timeout(180)
class DumpsOfOthersTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final String SOURCE = "dumps of others";
    private static final Target TARGET =
            new Target(
                    "lifeos",
                    SERVER.host(),
                    SERVER.port(),
                    SOURCE,
                    SERVER.superuser(),
                    SERVER.password());

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir private static Path home;

    @BeforeAll
    static void make() {
        SERVER.dropDatabase(SOURCE);
        SERVER.createDatabase(SOURCE);
        SERVER.execute(
                SOURCE,
                """
                CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text,
                    seen timestamptz, photo bytea, length int GENERATED ALWAYS AS (length(name)) STORED);
                INSERT INTO people (name, seen, photo) VALUES
                    ('O''Hara (VALUES); \\', '2026-01-31 12:00:00Z', '\\x00ff5c27'), ('"', NULL, NULL), ('', now(), '');
                CREATE TABLE "Odd (""Name)" ("a, b" text);
                INSERT INTO "Odd (""Name)" VALUES ('x'), (repeat('y''(', 600000));
                CREATE TABLE bare ();
                INSERT INTO bare DEFAULT VALUES;
                INSERT INTO bare DEFAULT VALUES;
                CREATE TABLE nothing_in_it (id bigserial, "order" int CHECK ("order" > 0));
                CREATE INDEX ON nothing_in_it ("order");
                CREATE VIEW named AS SELECT name FROM people;
                GRANT SELECT ON people TO PUBLIC;
                SELECT lo_from_bytea(7001, '\\xdeadbeef');
                """);
    }

    @AfterAll
    static void drop() {
        SERVER.dropDatabase(SOURCE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--inserts",
                "--column-inserts --clean --if-exists",
                "--rows-per-insert=2",
                "--inserts --on-conflict-do-nothing",
                "--schema-only",
                "--exclude-table-data=people",
                "--no-owner --no-privileges --no-comments"
            })
    void dumpIsImportedAndComesBackWhateverItsOptions(String options) throws IOException {
        BackupManifest manifest = imported(dump(options, Map.of()));

        assertThat(prove(manifest)).isEqualTo(4);
    }

    @Test
    void rowsOfInsertsAreCountedAndClaimNoHash() throws IOException {
        for (String options : List.of("--inserts", "--rows-per-insert=2", "--column-inserts")) {
            BackupManifest manifest = imported(dump(options, Map.of()));

            assertThat(manifest.contents())
                    .as(options)
                    .containsExactlyInAnyOrder(
                            new TableContent("public.people", 3, null),
                            new TableContent("public.\"Odd (\"\"Name)\"", 2, null),
                            new TableContent("public.bare", 2, null));
            assertThat(manifest.rows()).isEqualTo(7);
            assertThat(manifest.fingerprint().sequences()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PGTZ=Asia/Kathmandu",
                "PGOPTIONS=-c bytea_output=escape",
                "PGDATESTYLE=SQL, DMY",
                "PGOPTIONS=-c IntervalStyle=iso_8601 -c extra_float_digits=0 -c lc_monetary=C",
                "PGCLIENTENCODING=LATIN1"
            })
    void dumpOfASessionWithOtherSettingsComesBack(String setting) throws IOException {
        String[] pair = setting.split("=", 2);

        assertThat(prove(imported(dump("--clean", Map.of(pair[0], pair[1]))))).isEqualTo(4);
    }

    @Test
    void timesOfAnotherZoneLeaveOnlyWhatNeedsNoHash() throws IOException {
        BackupManifest manifest = imported(dump("--clean", Map.of("PGTZ", "Asia/Kathmandu")));

        assertThat(manifest.fingerprint()).isNull();
        assertThat(manifest.contents()).allMatch(table -> table.hash() == null);
    }

    @Test
    void changedBytesAreFoundInADumpWithEscapes() throws IOException {
        Path file =
                dump(
                        "--clean",
                        Map.of("PGOPTIONS", "-c bytea_output=escape"),
                        sql ->
                                sql.replace(
                                        "-- Name: people_id_seq; Type: SEQUENCE SET",
                                        "\nUPDATE public.people SET photo = 'x' WHERE id = 1;\n"
                                                + "-- Name: people_id_seq; Type: SEQUENCE SET"));
        BackupManifest manifest = imported(file);

        assertThatThrownBy(() -> prove(manifest))
                .isInstanceOfSatisfying(
                        DisprovedException.class,
                        disproved ->
                                assertThat(disproved.differences())
                                        .contains("public.people: rows differ"));
    }

    @Test
    void insertsThatComeBackWithOtherRowsAreDisproved() throws IOException {
        Path file =
                dump(
                        "--inserts",
                        Map.of(),
                        sql ->
                                sql.replace(
                                        "-- Name: people_id_seq; Type: SEQUENCE SET",
                                        "\nDELETE FROM public.people WHERE id = 2;\n"
                                                + "-- Name: people_id_seq; Type: SEQUENCE SET"));
        BackupManifest manifest = imported(file);

        assertThatThrownBy(() -> prove(manifest))
                .isInstanceOfSatisfying(
                        DisprovedException.class,
                        disproved ->
                                assertThat(disproved.differences())
                                        .contains("public.people: 2 rows instead of 3"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "manual_backup_20260131_030000.dump",
                "life_os_backup_20260131_030000-2.dump",
                "of somebody.dump"
            })
    void archiveWithoutAManifestIsImportedAndComesBack(String name) throws IOException {
        Path file = archive(name, Map.of());
        BackupManifest manifest = imported(file);

        assertThat(manifest.format()).isEqualTo(BackupFormat.CUSTOM);
        assertThat(manifest.kind()).isEqualTo(BackupKind.IMPORTED);
        assertThat(manifest.dumpToolVersion()).matches("\\d+\\.\\d+");
        assertThat(manifest.rows()).isEqualTo(7);
        assertThat(manifest.contents()).hasSize(4).allMatch(table -> table.hash() != null);
        assertThat(prove(manifest)).isEqualTo(4);
    }

    @Test
    void archiveOfASessionWithOtherSettingsComesBack() throws IOException {
        for (Map<String, String> session :
                List.of(
                        Map.of("PGTZ", "Asia/Kathmandu"),
                        Map.of("PGOPTIONS", "-c bytea_output=escape"))) {
            assertThat(prove(imported(archive("other.dump", session)))).isEqualTo(4);
        }
    }

    @Test
    void archiveThatIsNotWholeIsDamaged() throws IOException {
        Path file = archive("cut.dump", Map.of());
        byte[] whole = Files.readAllBytes(file);
        for (byte[] damaged :
                List.of(
                        new byte[0],
                        "-- plain".getBytes(UTF_8),
                        Arrays.copyOf(whole, 100),
                        Arrays.copyOf(whole, whole.length / 2),
                        Arrays.copyOf(whole, whole.length - 20))) {
            Files.write(file, damaged);
            assertThat(read(file).damage()).isPresent();
        }
    }

    private static Path archive(String name, Map<String, String> session) throws IOException {
        BackupFolder folder = new BackupFolder(home);
        folder.prepare();
        Path file = folder.path().resolve(name);
        pgDump("--format=custom", file, session);
        return file;
    }

    @Test
    void everyFileThatIsNoWholeGzipIsDescribedByASentence() throws IOException {
        byte[] whole = ScanBench.gzip("SELECT 1;".getBytes(UTF_8));
        assertThat(damage(new byte[0])).isEqualTo("is not a gzip file: the file is empty");
        assertThat(damage(new byte[] {0x1f, (byte) 0x8b, 8}))
                .isEqualTo("is not a gzip file: the file ends in its first bytes");
        assertThat(damage("plain".getBytes(UTF_8)))
                .isEqualTo("is not a gzip file: Not in GZIP format");
        for (int length = 10; length < whole.length; length++) {
            assertThat(damage(Arrays.copyOf(whole, length)))
                    .as("cut after %d of %d bytes", length, whole.length)
                    .isEqualTo(
                            "cannot be decompressed: the file ends in the middle of its gzip stream");
        }
    }

    private static String damage(byte[] file) throws IOException {
        BackupFolder folder = new BackupFolder(home);
        folder.prepare();
        Files.write(folder.path().resolve("cut.sql.gz"), file);
        return ForeignDump.read(folder.found("cut.sql.gz").orElseThrow(), _ -> {})
                .damage()
                .orElseThrow();
    }

    private static Path dump(String options, Map<String, String> session) throws IOException {
        return dump(options, session, UnaryOperator.identity());
    }

    private static Path dump(
            String options, Map<String, String> session, UnaryOperator<String> change)
            throws IOException {
        Path sql = home.resolve("dump.sql");
        pgDump(options, sql, session);
        BackupFolder folder = new BackupFolder(home);
        folder.prepare();
        String text = Files.readString(sql, UTF_8);
        return Files.write(
                folder.path().resolve("life_os_backup_20260131_030000.sql.gz"),
                ScanBench.gzip(change.apply(text).getBytes(UTF_8)));
    }

    private static void pgDump(String options, Path file, Map<String, String> session) {
        List<String> command = new ArrayList<>();
        command.add(SERVER.bin().orElseThrow().resolve("pg_dump").toString());
        command.addAll(Arrays.asList(options.split(" ")));
        command.addAll(
                List.of(
                        "--file=" + file,
                        "--host=" + SERVER.host(),
                        "--port=" + SERVER.port(),
                        "--username=" + SERVER.superuser(),
                        "--dbname=" + SOURCE));
        Map<String, String> environment = new HashMap<>(session);
        environment.put("PGPASSWORD", SERVER.password());
        environment.putIfAbsent("PGTZ", "UTC");
        CommandRun.of(new CommandRun.Setting(home, null, environment), command).orThrow();
    }

    private static BackupManifest imported(Path file) throws IOException {
        ForeignDump dump = read(file);
        assertThat(dump.damage()).isEmpty();
        return new ImportedManifest(
                        new Targets(Map.of("lifeos", TARGET)), ZoneOffset.UTC, "somebody")
                .of(dump, found(file), Instant.now());
    }

    private static FoundDump found(Path file) {
        return new BackupFolder(home).found(file.getFileName().toString()).orElseThrow();
    }

    private static ForeignDump read(Path file) throws IOException {
        return file.toString().endsWith(".dump")
                ? ForeignDump.archive(BENCH.begin(), found(file))
                : ForeignDump.read(found(file), _ -> {});
    }

    /** How many tables came back. */
    private static int prove(BackupManifest manifest) {
        Path path = new BackupFolder(home).path().resolve(manifest.file().name());
        return new DumpProof(
                        BENCH.begin(),
                        TARGET,
                        new StoredDump(
                                path,
                                path.resolveSibling(path.getFileName() + ".roles.sql"),
                                manifest.file()),
                        Optional.of(manifest),
                        Long.MAX_VALUE)
                .require(VerificationLevel.RESTORE);
    }
}
