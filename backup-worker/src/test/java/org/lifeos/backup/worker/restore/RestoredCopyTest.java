package org.lifeos.backup.worker.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.testing.AttemptBench;

/** Dumps of the real pg_dump, brought back beside databases of other encodings and locales. */
@Timeout(120)
class RestoredCopyTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final String LATIN1 = "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'";
    private static final String ICU = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und'";
    private static final String SIDE = "copy side";

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir private Path folder;

    @AfterEach
    void dropAll() {
        List.of(SIDE, "copy source", "copy target").forEach(SERVER::dropDatabase);
    }

    @Test
    void latin1DumpComesBackIntoLatin1() throws Exception {
        for (boolean tolerant : new boolean[] {false, true}) {
            assertComesBack(LATIN1, LATIN1, tolerant);
        }
    }

    @Test
    void latin1DumpComesBackIntoUtf8() throws Exception {
        for (boolean tolerant : new boolean[] {false, true}) {
            assertComesBack(LATIN1, ICU, tolerant);
        }
    }

    @Test
    void utf8DumpComesBackIntoLatin1() throws Exception {
        assertComesBack("TEMPLATE template0 ENCODING 'UTF8'", LATIN1, false);
    }

    /** Their rows are dumped as rows of the root: which of them has one, depends on the server. */
    @Test
    void partitionsByTheHashOfAnEnumComeBack() throws Exception {
        SERVER.createDatabase("copy source");
        SERVER.createDatabase("copy target");
        SERVER.execute(
                "copy source",
                """
                CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
                CREATE TABLE feel (m mood, n int) PARTITION BY HASH (m);
                CREATE TABLE feel_0 PARTITION OF feel FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                CREATE TABLE feel_1 PARTITION OF feel FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                INSERT INTO feel SELECT (enum_range(NULL::mood))[1 + n % 8], n FROM generate_series(1, 1000) n;
                """);

        RestoredCopy copy = restored(false);

        assertThat(copy.differences()).isEmpty();
        assertThat(SERVER.rows(SIDE, "SELECT count(*) FROM feel")).containsExactly(List.of("1000"));
    }

    private void assertComesBack(String source, String target, boolean tolerant) throws Exception {
        dropAll();
        SERVER.execute("postgres", "CREATE DATABASE \"copy source\" " + source);
        SERVER.execute("postgres", "CREATE DATABASE \"copy target\" " + target);
        SERVER.execute(
                "copy source",
                """
                CREATE TABLE "caf\u00e9" ("gr\u00f6\u00dfe" text, n integer PRIMARY KEY);
                INSERT INTO "caf\u00e9" VALUES ('\u00e4\u00f6\u00fc', 1), ('\u00df', 2);
                CREATE TABLE "caf\u00e8" AS SELECT '\u00e8'::text AS e;
                """);
        RestoredCopy copy = restored(tolerant);
        assertThat(copy.errors()).isEmpty();
        assertThat(copy.differences()).isEmpty();
        assertThat(SERVER.rows(SIDE, "SELECT \"gr\u00f6\u00dfe\" FROM \"caf\u00e9\" ORDER BY n"))
                .containsExactly(List.of("\u00e4\u00f6\u00fc"), List.of("\u00df"));
        assertThat(encoding(SIDE)).isEqualTo(encoding("copy target"));
    }

    private RestoredCopy restored(boolean tolerant) throws SQLException, java.io.IOException {
        Attempt attempt = BENCH.begin();
        RestoreBench bench = new RestoreBench(SERVER, folder);
        RestoredCopy copy =
                RestoredCopy.kept(
                        attempt,
                        bench.target("copy target"),
                        bench.stored(RestoreBench.gzip(dump())),
                        Optional.empty(),
                        SIDE,
                        tolerant);
        copy.inspect();
        copy.fill();
        return copy;
    }

    private byte[] dump() throws java.io.IOException {
        Path file = folder.resolve("plain.sql");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                SERVER.bin().orElseThrow().resolve("pg_dump").toString(),
                                "--clean",
                                "--if-exists",
                                "--file=" + file,
                                "--host=" + SERVER.host(),
                                "--port=" + SERVER.port(),
                                "--username=" + SERVER.superuser(),
                                "--dbname=copy source"));
        CommandRun.of(
                        new CommandRun.Setting(
                                folder,
                                null,
                                Map.of("PGPASSWORD", SERVER.password(), "PGTZ", "UTC")),
                        command)
                .orThrow();
        return Files.readAllBytes(file);
    }

    private static String encoding(String database) {
        return SERVER.rows(
                        "postgres",
                        "SELECT encoding::text FROM pg_database WHERE datname = '%s'"
                                .formatted(database))
                .getFirst()
                .getFirst();
    }
}
