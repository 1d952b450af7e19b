package org.lifeos.backup.worker.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.ContentFingerprint;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.testing.SampleManifest;

/** A restored database that is not what was dumped, in every way that a person would ask about. */
class ContentDifferencesTest {
    private static final String STUDIO =
            """
            CREATE ROLE reader;
            CREATE TABLE users (id serial PRIMARY KEY, name text DEFAULT 'x', age int);
            INSERT INTO users (name, age) VALUES ('Ada', 36), ('Grace', 85), ('Ada', 36), (NULL, 1), ('', 1);
            CREATE TABLE images (id int PRIMARY KEY, owner int REFERENCES users, path text NOT NULL);
            CREATE INDEX images_idx ON images (path);
            INSERT INTO images VALUES (1, 1, '/a'), (2, 2, '/b');
            CREATE VIEW grown AS SELECT * FROM users WHERE age > 17;
            CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
            GRANT SELECT ON users TO reader;
            GRANT UPDATE (path) ON images TO reader;
            COMMENT ON TABLE images IS 'pictures';
            SELECT lo_from_bytea(70001, decode(repeat('00ff', 40000), 'hex')), lo_from_bytea(70002, 'b');
            """;

    @TempDir static Path folder;

    private static DumpAndRestore bench;
    private static DumpSummary dumped;
    private static int copies;

    @BeforeAll
    static void dumpAndRestore() throws IOException {
        bench = new DumpAndRestore(folder);
        bench.create("studio");
        bench.load("studio", Files.writeString(folder.resolve("studio.sql"), STUDIO));
        dumped = DumpAndRestore.read(bench.dump("studio"));
        bench.create("restored");
        bench.load("restored", bench.dumpWithoutDrops("studio"));
    }

    @AfterAll
    static void stopServer() {
        bench.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    UPDATE users SET name = 'Adb' WHERE id = 1      | public.users: rows differ
                    UPDATE users SET age = 37 WHERE id = 1          | public.users: rows differ
                    UPDATE users SET name = '' WHERE name IS NULL   | public.users: rows differ
                    UPDATE users SET name = NULL WHERE name = ''    | public.users: rows differ
                    UPDATE users SET name = concat(name, '\\.')     | public.users: rows differ
                    DELETE FROM users WHERE id = 3                  | public.users: 4 rows instead of 5
                    INSERT INTO images VALUES (3, 1, '/c')          | public.images: 3 rows instead of 2
                    SELECT setval('users_id_seq', 4)                | sequence public.users_id_seq: 4 instead of 5
                    SELECT setval('users_id_seq', 5, false)         | sequence public.users_id_seq: 5 (not handed out yet) instead of 5
                    DROP INDEX images_idx                           | index public.images_idx is missing
                    CREATE INDEX more ON images (owner)             | index public.more is additional
                    REVOKE SELECT ON users FROM reader              | ACL of TABLE public.users is missing
                    GRANT INSERT ON users TO reader                 | ACL of TABLE public.users differs
                    GRANT SELECT (path) ON images TO reader         | ACL of COLUMN public.images.path differs
                    ALTER TABLE users ALTER name SET DEFAULT 'y'    | table public.users differs
                    ALTER VIEW grown OWNER TO reader                | view public.grown differs
                    ALTER TABLE images ALTER path DROP NOT NULL     | table public.images differs
                    ALTER TABLE users ALTER id DROP DEFAULT         | default public.users id is missing
                    ALTER TABLE images DROP CONSTRAINT images_owner_fkey | fk constraint public.images images_owner_fkey is missing
                    COMMENT ON TABLE images IS 'films'              | comment of TABLE public.images differs
                    CREATE OR REPLACE VIEW grown AS SELECT * FROM users WHERE age > 18 | view public.grown differs
                    CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2' | function public.one() differs
                    ALTER TABLE users ENABLE ROW LEVEL SECURITY     | row security public.users is additional
                    SELECT lo_put(70001, 79999, '\\x00')            | large objects differ
                    SELECT lo_put(70002, 1, 'c')                    | large objects: 80002 bytes instead of 80001
                    """)
    void changeIsNamed(String change, String sentence) {
        assertThat(ContentDifferences.between(dumped, changed(change), true))
                .containsExactly(sentence);
    }

    @Test
    void missingTableAndLargeObjectAreNamedWithAllThatHangsOnThem() {
        DumpSummary found = changed("DROP TABLE images; SELECT lo_unlink(70002)");

        assertThat(ContentDifferences.between(dumped, found, true))
                .contains(
                        "public.images is missing",
                        "large objects: 1 instead of 2",
                        "table public.images is missing",
                        "index public.images_idx is missing",
                        "constraint public.images images_pkey is missing");
    }

    @Test
    void valuesThatTradedPlacesAreNoticed() {
        DumpSummary found =
                changed(
                        "UPDATE users u SET age = o.age FROM users o"
                                + " WHERE (u.id, o.id) IN ((1, 2), (2, 1))");

        assertThat(ContentDifferences.between(dumped, found, true))
                .containsExactly("public.users: rows differ");
    }

    @Test
    void otherOrderOfRowsIsNoDifference() {
        DumpSummary found =
                changed("UPDATE users SET age = age WHERE id < 3; CLUSTER images USING images_idx");

        assertThat(ContentDifferences.between(dumped, found, false)).isEmpty();
        assertThat(found.tables()).isEqualTo(dumped.tables());
    }

    @Test
    void manifestNamesTablesAndSequencesAndTheSchemaAsAWhole() {
        BackupManifest manifest = manifest(dumped.tables(), dumped.fingerprint());
        assertThat(ContentDifferences.between(manifest, changed("SELECT 1"), true)).isEmpty();
        DumpSummary found =
                changed(
                        "DROP INDEX images_idx; DELETE FROM users WHERE id = 3;"
                                + " SELECT setval('users_id_seq', 4); SELECT lo_unlink(70001)");

        assertThat(ContentDifferences.between(manifest, found, true))
                .containsExactly(
                        "public.users: 4 rows instead of 5",
                        "sequence public.users_id_seq: 4 instead of 5",
                        "large objects: 1 instead of 2",
                        "the schema differs");
    }

    @Test
    void schemaIsNotComparedWhereOtherToolsWroteIt() {
        DumpSummary found = changed("DROP INDEX images_idx");
        BackupManifest manifest = manifest(dumped.tables(), dumped.fingerprint());

        assertThat(ContentDifferences.between(dumped, found, false)).isEmpty();
        assertThat(ContentDifferences.between(manifest, found, false)).isEmpty();
    }

    @Test
    void manifestWithoutAFingerprintOrWithAnotherKindOfItTellsRowsAlone() {
        List<TableContent> rows =
                dumped.tables().stream()
                        .map(table -> new TableContent(table.table(), table.rows(), null))
                        .toList();
        ContentFingerprint before = dumped.fingerprint();
        ContentFingerprint other =
                new ContentFingerprint(2, List.of(), before.largeObjects(), "otherwise");
        DumpSummary found =
                changed("DELETE FROM users WHERE id = 3; UPDATE images SET path = '/x'");

        for (BackupManifest manifest :
                List.of(manifest(rows, null), manifest(dumped.tables(), other))) {
            assertThat(ContentDifferences.between(manifest, found, true))
                    .containsExactly("public.users: 4 rows instead of 5");
        }
    }

    private static DumpSummary changed(String change) {
        String copy = "changed_" + ++copies;
        bench.server().createDatabaseFrom("restored", copy);
        bench.server().execute(copy, change);
        return DumpAndRestore.read(bench.dump(copy));
    }

    private static BackupManifest manifest(
            List<TableContent> contents, ContentFingerprint fingerprint) {
        BackupManifest sample =
                SampleManifest.of(UUID.randomUUID(), new DumpFile("x.sql.gz", 1, "0".repeat(64)));
        return new BackupManifest(
                sample.version(),
                sample.backupId(),
                sample.jobId(),
                sample.attempt(),
                sample.target(),
                sample.kind(),
                sample.label(),
                sample.reason(),
                sample.requestedBy(),
                sample.format(),
                sample.pinned(),
                sample.file(),
                sample.roles(),
                sample.database(),
                sample.dumpToolVersion(),
                sample.compressor(),
                sample.snapshotAt(),
                sample.createdAt(),
                sample.durationMs(),
                contents.size(),
                0,
                contents,
                fingerprint,
                sample.rolesNeeded(),
                sample.verification());
    }
}
