package org.lifeos.backup.worker.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.testing.AttemptBench;
import org.lifeos.backup.worker.tool.PostgresTools;

@Timeout(60)
class StatisticsTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final String DATABASE = "statistics of it";

    /** Autovacuum must not be what is seen. */
    private static final String UNSEEN = " with (autovacuum_enabled = false)";

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir private Path folder;
    private Target target;

    @BeforeEach
    void makeDatabase() {
        target = new RestoreBench(SERVER, folder).target(DATABASE);
        SERVER.createDatabase(DATABASE);
    }

    @AfterEach
    void drop() {
        SERVER.dropDatabase(DATABASE);
    }

    private void takeStatistics(boolean alone) {
        PostgresTools tools = PostgresTools.forServer(SERVER.major());
        try (Statistics statistics =
                Statistics.start(BENCH.begin(), tools, target, SERVER.major(), alone)) {
            statistics.await();
        }
    }

    private List<List<String>> known() {
        return SERVER.rows(
                DATABASE,
                """
                select distinct tablename from pg_stats
                where schemaname not in ('pg_catalog', 'information_schema') order by 1
                """);
    }

    private static List<List<String>> names(String... names) {
        return List.of(names).stream().map(List::of).toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyTableHasItsOwn(boolean alone) {
        SERVER.execute(
                DATABASE,
                """
                create schema "S p";
                create table "S p"."it's \\ a %% table" (a) %1$s as select generate_series(1, 10);
                create table plain (a) %1$s as select generate_series(1, 10);
                create materialized view seen %1$s as select a from plain;
                create table root (a int) partition by range (a);
                create table leaf partition of root for values from (0) to (100) %1$s;
                insert into root select generate_series(1, 10);
                """
                        .formatted(UNSEEN));

        takeStatistics(alone);

        assertThat(known()).isEqualTo(names("it's \\ a % table", "leaf", "plain", "root", "seen"));
    }

    @Test
    void tableThatSomebodyHoldsIsNotWaitedFor() throws SQLException {
        SERVER.execute(
                DATABASE,
                """
                create table held (a) %1$s as select generate_series(1, 10);
                create table plain (a) %1$s as select generate_series(1, 10);
                """
                        .formatted(UNSEEN));

        try (Connection connection = SERVER.connect(DATABASE);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("lock table held in access exclusive mode");
            takeStatistics(true);
        }

        assertThat(known()).isEqualTo(names("plain"));
    }
}
