package org.lifeos.backup.worker.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.testing.ProjectRoot;

/** No false alarm: what was dumped, restored and dumped again has the same fingerprint. */
class RestoredContentTest {
    /** A plain dump of the database that PostgreSQL's own regression tests leave behind. */
    private static final String REGRESSION_DUMP = "REGRESSION_DUMP";

    @TempDir static Path folder;

    private static DumpAndRestore bench;

    @BeforeAll
    static void startServer() {
        bench = new DumpAndRestore(folder);
    }

    @AfterAll
    static void stopServer() {
        bench.close();
    }

    @Test
    void sampleDatabaseComesBackEqual() {
        bench.create("sample");
        bench.load("sample", ProjectRoot.find().resolve("scripts/support/sample-database.sql"));

        DumpSummary dumped = assertComesBackEqual("sample");

        assertThat(dumped.tables()).hasSizeGreaterThan(5);
        assertThat(dumped.objects()).containsKey("table public.users");
    }

    @Test
    void unkindDatabaseComesBackEqual() throws URISyntaxException {
        bench.create("unkind");
        bench.load("unkind", Path.of(getClass().getResource("unkind-database.sql").toURI()));

        DumpSummary dumped = assertComesBackEqual("unkind");

        assertThat(DumpReading.rows(dumped))
                .containsEntry("public.bare", 2L)
                .containsEntry("public.adopted", 1L)
                .containsEntry("\"-dash\".\"--x\"", 3L);
        assertThat(dumped.fingerprint().sequences())
                .extracting(sequence -> sequence.sequence())
                .contains("public.\"odd 'seq\"\"\"");
        assertThat(dumped.fingerprint().largeObjects().count()).isEqualTo(3);
        assertThat(dumped.fingerprint().largeObjects().bytes()).isEqualTo(120_000 + 3);
        assertThat(dumped.objects())
                .containsKeys(
                        "ACL of COLUMN public.accounts.code",
                        "ACL of TABLE public.accounts",
                        "comment of SCHEMA public",
                        "DEFAULT PRIVILEGES FOR TABLES in schema -dash",
                        "event trigger on_ddl",
                        "statistics public.child_stats");
    }

    @Test
    void regressionDatabaseComesBackEqual() throws IOException {
        Path packed = regressionDump();
        assumeTrue(
                Files.isRegularFile(packed),
                "skipped: there is no dump of the regression database at %s; %s may name one"
                        .formatted(packed, REGRESSION_DUMP));
        assumeTrue(bench.server().major() == 15, "skipped: it is a dump of PostgreSQL 15");
        Path original = folder.resolve("regression.sql");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
            Files.copy(in, original);
        }
        bench.create("regression");
        bench.loadWhatWorks("regression", original);

        DumpSummary found = DumpAndRestore.read(bench.dump("regression"));

        assertThat(ContentDifferences.between(DumpAndRestore.read(original), found, true))
                .isEmpty();
        assertThat(found.fingerprint()).isEqualTo(DumpAndRestore.read(original).fingerprint());
        assertThat(found.objects()).hasSizeGreaterThan(1_000);
        assertComesBackEqual("regression");
    }

    private static Path regressionDump() {
        String named = System.getenv(REGRESSION_DUMP);
        return named != null
                ? Path.of(named)
                : ProjectRoot.find().resolveSibling("shared/data/regression-15.sql.gz");
    }

    private static DumpSummary assertComesBackEqual(String database) {
        DumpSummary dumped = DumpAndRestore.read(bench.dump(database));
        String copy = database + "_copy";
        bench.create(copy);
        bench.load(copy, bench.dumpWithoutDrops(database));

        DumpSummary found = DumpAndRestore.read(bench.dump(copy));

        assertThat(dumped.incompleteReason()).isEmpty();
        assertThat(ContentDifferences.between(dumped, found, true)).isEmpty();
        assertThat(found.fingerprint()).isEqualTo(dumped.fingerprint());
        assertThat(DumpAndRestore.read(bench.dumpWithoutDrops(copy)).fingerprint())
                .isEqualTo(dumped.fingerprint());
        return dumped;
    }
}
