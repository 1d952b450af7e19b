package org.lifeos.backup.worker.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.target.Target;

class DatabaseSwapTest {
    private static final String NAME = "swap me";
    private static final String INCOMING = "swap incoming";

    private final PostgresServer server = PostgresServer.shared();
    private final UUID jobId = UUID.randomUUID();

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private Target target;

    @BeforeEach
    void makeBoth() {
        target =
                new Target(
                        "swap",
                        server.host(),
                        server.port(),
                        NAME,
                        server.superuser(),
                        server.password());
        make(NAME, "old");
        make(INCOMING, "new");
    }

    @AfterEach
    void dropAll() {
        server.rows("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'swap %'")
                .forEach(row -> server.dropDatabase(row.getFirst()));
    }

    @Test
    void nameAnswersWithTheOldOrTheNewContentWhileClientsHammerIt() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        List<Connection> idle = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            idle.add(server.connect(NAME));
        }
        List<Future<?>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(threads.submit(() -> askUntil(over, seen)));
        }
        while (seen.size() < 20) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        Optional<DatabaseSwap.Previous> previous = new DatabaseSwap(target, jobId).swap(INCOMING);
        int before = seen.size();
        while (seen.size() < before + 20) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        over.set(true);
        for (Future<?> client : clients) {
            client.get(20, TimeUnit.SECONDS);
        }
        for (Connection connection : idle) {
            connection.close();
        }
        assertThat(seen).containsOnly("old", "new");
        assertThat(String.join(" ", seen)).doesNotContainPattern("new .*\\bold$").endsWith("new");
        assertThat(content(previous.orElseThrow().name())).isEqualTo("old");
        assertThat(new DatabaseSwap(target, jobId).isDone()).isTrue();
    }

    @Test
    void oneReplacedDatabaseIsKeptAndGoesWhenItsTimeIsOver() throws Exception {
        DatabaseSwap swap = new DatabaseSwap(target, jobId);
        DatabaseSwap.Previous first = swap.swap(INCOMING).orElseThrow();
        assertThat(swap.previous()).containsExactly(first);
        assertThat(swap.replacedBy(jobId)).contains(first);
        assertThat(swap.isDone()).isTrue();

        make("swap third", "third");
        DatabaseSwap later = new DatabaseSwap(target, UUID.randomUUID());
        assertThat(later.isDone()).isFalse();
        DatabaseSwap.Previous second = later.swap("swap third").orElseThrow();
        assertThat(swap.previous()).containsExactlyInAnyOrder(first, second);
        later.dropOld();
        assertThat(swap.previous()).containsExactly(second);

        String yesterday =
                PreviousName.of(NAME, Instant.now().minus(DatabaseSwap.KEPT), jobId).text();
        server.execute(
                "postgres",
                "ALTER DATABASE \"%s\" RENAME TO \"%s\"".formatted(second.name(), yesterday));
        later.dropOld();
        assertThat(swap.previous()).isEmpty();
    }

    @Test
    void whatAnotherTargetReplacedIsNotTouched() throws Exception {
        String other = NAME + " too";
        make(other, "of the other");
        make("swap for other", "new of the other");
        Target otherTarget =
                new Target(
                        "other",
                        server.host(),
                        server.port(),
                        other,
                        server.superuser(),
                        server.password());
        DatabaseSwap.Previous ofTheOther =
                new DatabaseSwap(otherTarget, UUID.randomUUID())
                        .swap("swap for other")
                        .orElseThrow();
        DatabaseSwap swap = new DatabaseSwap(target, jobId);
        DatabaseSwap.Previous mine = swap.swap(INCOMING).orElseThrow();

        swap.dropOld();
        assertThat(swap.previous()).containsExactly(mine);
        DatabaseSwap otherSwap = new DatabaseSwap(otherTarget, jobId);
        otherSwap.dropOld();
        assertThat(otherSwap.previous()).containsExactly(ofTheOther);
    }

    @Test
    void targetWithoutADatabaseGetsOne() throws Exception {
        server.dropDatabase(NAME);
        DatabaseSwap swap = new DatabaseSwap(target, jobId);
        assertThat(swap.swap(INCOMING)).isEmpty();
        assertThat(swap.isDone()).isTrue();
        assertThat(content(NAME)).isEqualTo("new");
    }

    @Test
    void swappingBackBringsTheOldContent() throws Exception {
        DatabaseSwap.Previous previous =
                new DatabaseSwap(target, jobId).swap(INCOMING).orElseThrow();
        UUID rollback = UUID.randomUUID();
        DatabaseSwap.Previous replaced =
                new DatabaseSwap(target, rollback).swap(previous.name()).orElseThrow();
        assertThat(content(NAME)).isEqualTo("old");
        assertThat(content(replaced.name())).isEqualTo("new");
        assertThat(new DatabaseSwap(target, rollback).previous()).containsExactly(replaced);
    }

    @Test
    void subscriptionsGoOnOnlyInWhatHasTheName() throws Exception {
        server.execute(
                NAME,
                "CREATE SUBSCRIPTION \"swap sub\" CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = 'swap_slot')");
        server.execute(
                NAME,
                "CREATE SUBSCRIPTION \"swap off\" CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = 'swap_off')");
        server.execute(NAME, "ALTER SUBSCRIPTION \"swap sub\" ENABLE");
        server.execute(NAME, "COMMENT ON SUBSCRIPTION \"swap sub\" IS 'it''s \"mine\"'");
        List<List<String>> before = subscriptions();

        DatabaseSwap swap = new DatabaseSwap(target, jobId);
        DatabaseSwap.Previous previous = swap.swap(INCOMING).orElseThrow();
        swap.pause(previous);
        swap.pause(previous);
        assertThat(subscriptions()).extracting(List::getFirst).containsExactly("false", "false");

        DatabaseSwap rollback = new DatabaseSwap(target, UUID.randomUUID());
        rollback.pause(rollback.swap(previous.name()).orElseThrow());
        rollback.resume();
        rollback.resume();
        assertThat(subscriptions()).isEqualTo(before);
        new SideDatabases(target, jobId).drop(NAME);
        make(NAME, "neither");
        assertThat(subscriptions()).isEmpty();
    }

    private List<List<String>> subscriptions() {
        return server.rows(
                NAME,
                "SELECT subenabled::text, subname, obj_description(oid, 'pg_subscription') FROM pg_subscription WHERE subname LIKE 'swap %' ORDER BY subname");
    }

    @Test
    void ownerPrivilegesAndSettingsGoAlong() throws Exception {
        List<String> roles = List.of("swap owner", "swap reader", "swap guest");
        for (String role : roles) {
            server.execute("postgres", "CREATE ROLE \"%s\"".formatted(role));
        }
        server.execute(
                "postgres",
                """
                ALTER DATABASE "swap me" OWNER TO "swap owner";
                ALTER DATABASE "swap me" CONNECTION LIMIT 77;
                ALTER DATABASE "swap me" IS_TEMPLATE true;
                COMMENT ON DATABASE "swap me" IS 'it''s "mine"';
                REVOKE CONNECT ON DATABASE "swap me" FROM PUBLIC;
                SET ROLE "swap owner";
                GRANT CONNECT, TEMPORARY ON DATABASE "swap me" TO "swap reader" WITH GRANT OPTION;
                SET ROLE "swap reader";
                GRANT TEMPORARY ON DATABASE "swap me" TO "swap guest";
                RESET ROLE;
                ALTER DATABASE "swap me" SET search_path = "$user", public, "odd, name";
                ALTER DATABASE "swap me" SET default_transaction_read_only = on;
                ALTER DATABASE "swap me" SET my.setting = 'a ''quoted'' value, and more';
                ALTER DATABASE "swap me" SET DateStyle = 'ISO, DMY';
                ALTER ROLE "swap reader" IN DATABASE "swap me" SET work_mem = '13MB';
                ALTER ROLE "swap reader" IN DATABASE "swap me" SET search_path = '';
                """);
        List<List<String>> before = traits(NAME);
        try (Connection connection = new SideDatabases(target, jobId).open()) {
            connection.setAutoCommit(false);
            DatabaseTraits.copy(connection, NAME, INCOMING);
            connection.commit();
        }
        assertThat(traits(INCOMING)).isEqualTo(before);
        for (String database : List.of(NAME, INCOMING)) {
            new SideDatabases(target, jobId).drop(database);
        }
        for (String role : roles) {
            server.execute("postgres", "DROP ROLE \"%s\"".formatted(role));
        }
    }

    private List<List<String>> traits(String database) {
        return server.rows(
                "postgres",
                """
                SELECT 'database', pg_get_userbyid(datdba), datconnlimit || ' ' || datistemplate, shobj_description(d.oid, 'pg_database'),
                       datacl::text
                FROM pg_database d WHERE datname = '%1$s'
                UNION ALL
                SELECT 'setting', setrole::text, setconfig::text, NULL, NULL
                FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = '%1$s'
                ORDER BY 1, 2
                """
                        .formatted(database));
    }

    private void askUntil(AtomicBoolean over, ConcurrentLinkedQueue<String> seen) {
        while (!over.get()) {
            try {
                seen.add(content(NAME));
            } catch (IllegalStateException e) {
                // refused for the moment of the swap
            }
        }
    }

    private String content(String database) {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT what FROM content")) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void make(String database, String what) {
        server.createDatabase(database);
        server.execute(database, "CREATE TABLE content AS SELECT '%s' AS what".formatted(what));
    }
}
