package org.lifeos.backup.worker.restore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.target.Target;

@Timeout(120)
class SideDatabasesTest {
    private static final PostgresServer SERVER = PostgresServer.shared();

    @AutoClose("shutdownNow")
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final UUID job = UUID.randomUUID();
    private final SideDatabases sides = new SideDatabases(target("postgres"), job);

    @AfterEach
    void dropAll() {
        databases("lifeos\\_restore\\_%").forEach(SERVER::dropDatabase);
        databases("side %").forEach(SERVER::dropDatabase);
    }

    @Test
    void nameTellsJobAndAttemptAndFits() throws SQLException {
        String name = name(job, 999_999_999);
        assertThat(name)
                .isEqualTo(
                        "lifeos_restore_%s_999999999".formatted(job.toString().replace("-", "")));
        assertThat(name.getBytes(UTF_8)).hasSizeLessThanOrEqualTo(63);
        sides.create(name);
        assertThat(databases("lifeos\\_restore\\_%")).containsExactly(name);
    }

    @Test
    void sweepDropsOnlyAttemptsThatAreOver() throws SQLException {
        UUID other = UUID.randomUUID();
        List<String> names = List.of(name(job, 1), name(job, 2), name(other, 1));
        names.forEach(SERVER::createDatabase);
        SERVER.createDatabase("lifeos_restore_of_somebody");
        SERVER.createDatabase("lifeos_restore_" + "0".repeat(32) + "_1234567890");

        sides.dropThoseOf((id, attempt) -> id.equals(job) && attempt <= 1);

        assertThat(databases("lifeos\\_restore\\_%"))
                .containsExactlyInAnyOrder(
                        name(job, 2),
                        name(other, 1),
                        "lifeos_restore_of_somebody",
                        "lifeos_restore_" + "0".repeat(32) + "_1234567890");
    }

    @Test
    void databaseWithSubscriptionsIsDropped() throws SQLException {
        String name = name(job, 1);
        sides.create(name);
        SERVER.execute(
                name,
                "CREATE SUBSCRIPTION \"odd \"\"one\" CONNECTION 'host=127.0.0.1 port=1 dbname=none' PUBLICATION p"
                        + " WITH (connect = false, slot_name = 'ours')");
        sides.drop(name);
        assertThat(databases("lifeos\\_restore\\_%")).isEmpty();
        assertThat(SERVER.rows("postgres", "SELECT subname FROM pg_subscription")).isEmpty();
    }

    @Test
    void databaseIsDroppedWhoeverIsConnected() throws Exception {
        String name = name(job, 1);
        sides.create(name);
        AtomicBoolean over = new AtomicBoolean();
        try (Connection idle = SERVER.connect(name)) {
            List<Future<?>> clients =
                    List.of(
                            threads.submit(() -> connectUntil(over, name)),
                            threads.submit(() -> connectUntil(over, name)),
                            threads.submit(() -> connectUntil(over, name)));
            sides.drop(name);
            assertThat(databases("lifeos\\_restore\\_%")).isEmpty();
            assertThat(idle.isValid(1)).isFalse();
            over.set(true);
            for (Future<?> client : clients) {
                client.get(20, TimeUnit.SECONDS);
            }
        }
    }

    private static void connectUntil(AtomicBoolean over, String name) {
        while (!over.get()) {
            try (Connection connection = SERVER.connect(name)) {
                connection.isValid(1);
            } catch (SQLException e) {
                // ended, or there is no such database any more
            }
        }
    }

    @Test
    void databaseThatIsNotThereIsDroppedAlready() throws SQLException {
        sides.drop(name(job, 1));
        assertThat(sides.exists(name(job, 1))).isFalse();
    }

    @Test
    void publishedDatabaseCarriesItsJob() throws SQLException {
        String side = name(job, 1);
        sides.create(side);
        try (Connection _ = SERVER.connect(side)) {
            sides.publish(side, "side \"published\" 'one'");
        }
        assertThat(sides.isPublished("side \"published\" 'one'")).isTrue();
        assertThat(
                        new SideDatabases(target("postgres"), UUID.randomUUID())
                                .isPublished("side \"published\" 'one'"))
                .isFalse();
        assertThat(databases("lifeos\\_restore\\_%")).isEmpty();
    }

    @Test
    void nameThatIsTakenIsRefusedAndNothingIsMarked() throws SQLException {
        String side = name(job, 1);
        sides.create(side);
        SERVER.createDatabase("side taken");

        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class, () -> sides.publish(side, "side taken"));

        assertThat(problem.code()).isEqualTo(ProblemCode.DATABASE_EXISTS);
        assertThat(sides.isPublished("side taken")).isFalse();
        assertThat(sides.isPublished(side)).isFalse();
        assertThat(sides.exists(side)).isTrue();
        assertThat(
                        catchThrowableOfType(
                                        ProblemException.class,
                                        () -> sides.requireFree("side taken"))
                                .code())
                .isEqualTo(ProblemCode.DATABASE_EXISTS);
    }

    @Test
    void encodingAndLocaleAreThoseOfTheTarget() throws SQLException {
        SERVER.execute(
                "postgres",
                "CREATE DATABASE \"side latin\" TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
        SERVER.execute(
                "postgres",
                "CREATE DATABASE \"side icu\" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk'");
        int attempt = 0;
        for (String of : List.of("side latin", "side icu", "postgres")) {
            String name = name(job, ++attempt);
            new SideDatabases(target(of), job).create(name);
            assertThat(traits(name)).isEqualTo(traits(of));
        }
        new SideDatabases(target("side which nobody made"), job).create(name(job, 9));
        assertThat(sides.exists(name(job, 9))).isTrue();
    }

    private static List<String> traits(String database) {
        return SERVER.rows(
                        "postgres",
                        "SELECT encoding::text, datcollate, datctype, datlocprovider::text, to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale' FROM pg_database d WHERE datname = '%s'"
                                .formatted(database))
                .getFirst();
    }

    private static String name(UUID job, int attempt) {
        return SideDatabases.nameFor(new Lease(job, attempt, UUID.randomUUID()));
    }

    private static Target target(String database) {
        return new Target(
                "sides",
                SERVER.host(),
                SERVER.port(),
                database,
                SERVER.superuser(),
                SERVER.password());
    }

    private static List<String> databases(String like) {
        return SERVER
                .rows(
                        "postgres",
                        "SELECT datname FROM pg_database WHERE datname LIKE '%s' ORDER BY 1"
                                .formatted(like))
                .stream()
                .map(List::getFirst)
                .toList();
    }
}
