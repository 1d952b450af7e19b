package org.lifeos.backup.worker.restore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.SampleManifest;
import org.lifeos.backup.worker.testing.AttemptBench;

/** Rows of a real server beside those of a manifest. */
class CurrentDatabaseTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final String DATABASE = "current database";

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir private Path folder;

    @BeforeEach
    void makeDatabase() {
        SERVER.createDatabase(DATABASE);
    }

    @AfterEach
    void drop() {
        SERVER.dropDatabase(DATABASE);
    }

    private CurrentDatabase.Rows count(TableContent... contents) throws Exception {
        BackupManifest sample =
                SampleManifest.of(UUID.randomUUID(), new DumpFile("some.sql.gz", 1, "00"));
        ObjectNode manifest = Json.read(Json.write(sample), ObjectNode.class);
        manifest.set("contents", Json.read(Json.write(List.of(contents)), ArrayNode.class));
        return new CurrentDatabase(BENCH.begin(), new RestoreBench(SERVER, folder).target(DATABASE))
                .count(Json.read(Json.write(manifest), BackupManifest.class));
    }

    private static TableContent table(String name, long rows) {
        return new TableContent(name, rows, "0".repeat(32));
    }

    @Test
    void rowsAreCountedByTheNamesOfTheDump() throws Exception {
        SERVER.execute(
                DATABASE,
                """
                create schema "S p";
                create table "S p"."a ""quoted"" one" as select n from generate_series(1, 7) n;
                create table heir () inherits ("S p"."a ""quoted"" one");
                insert into heir values (1), (2);
                create table fewer as select 1 as n;
                create table none (n int);
                """);

        CurrentDatabase.Rows rows =
                count(
                        table("\"S p\".\"a \"\"quoted\"\" one\"", 7),
                        table("public.heir", 2),
                        table("public.fewer", 3),
                        table("public.none", 4),
                        table("public.gone", 5),
                        table("gone.gone", 5),
                        table("no name; drop table fewer", 6));

        assertThat(rows.rows()).isEqualTo(10);
        assertThat(rows.others()).containsExactly("public.fewer has 1 rows instead of 3");
        assertThat(rows.lacking())
                .containsExactly(
                        "public.none has 0 rows instead of 4",
                        "public.gone is missing",
                        "gone.gone is missing",
                        "no name; drop table fewer is missing");
    }

    /** As dumps tell of those that are partitioned by the hash of an enum. */
    @Test
    void rowsOfPartitionsMayBeToldAsThoseOfTheirRoot() throws Exception {
        SERVER.execute(
                DATABASE,
                """
                create type mood as enum ('fine', 'well');
                create table feel (m mood) partition by hash (m);
                create table feel_0 partition of feel for values with (modulus 2, remainder 0);
                create table feel_1 partition of feel for values with (modulus 2, remainder 1);
                insert into feel values ('fine'), ('well'), ('well');
                """);

        CurrentDatabase.Rows rows = count(table("public.feel", 3));

        assertThat(rows.rows()).isEqualTo(3);
        assertThat(rows.lacking()).isEmpty();
        assertThat(rows.others()).isEmpty();
    }
}
