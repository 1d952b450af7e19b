package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.response.Response;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.PostgresServer;

/** Backups of a database that several sessions write to all the time: no false alarm. */
class WriterProofTest {
    private static final int BACKUPS = Integer.getInteger("writer.backups", 20);
    private static final int WRITERS = 4;
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final AtomicLong writes = new AtomicLong();
    private Stack stack;
    private PostgresServer server;
    private volatile boolean over;

    @BeforeEach
    void start() {
        stack = Stack.start(Stack.Setup.standard());
        server = stack.targetServer();
        server.execute(
                stack.targetDatabase(),
                """
                CREATE TABLE public.accounts (id bigserial PRIMARY KEY, balance bigint, note text);
                CREATE TABLE public.history (account bigint, at timestamptz DEFAULT now(), data bytea);
                CREATE SEQUENCE public.tickets;
                CREATE TABLE public.pictures (picture oid);
                INSERT INTO public.accounts (balance) SELECT 0 FROM generate_series(1, 2000);
                """);
    }

    @AfterEach
    void stop() {
        stack.close();
    }

    @Test
    void everyBackupThatIsTakenWhileOthersWriteComesBackEqual() {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            Random random = new Random(SEED + i);
            writers.add(
                    CompletableFuture.runAsync(() -> write(random), Thread::startVirtualThread));
        }
        int good = 0;
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < BACKUPS; i++) {
            long before = writes.get();
            Response answer =
                    stack.given(stack.tokens().operator())
                            .header("Prefer", "wait=100")
                            .body(Map.of("verify", "restore"))
                            .post("/api/v1/backups");
            if (answer.statusCode() == 200) {
                good++;
            } else {
                answers.add(answer.asString());
            }
            assertThat(writes.get()).as("writes during backup %d", i).isGreaterThan(before);
        }
        over = true;
        writers.forEach(CompletableFuture::join);
        System.out.printf(
                "%d of %d backups under a writer hold at level restore; %,d transactions, seed %d%n",
                good, BACKUPS, writes.get(), SEED);
        assertThat(answers).isEmpty();
        assertThat(good).isEqualTo(BACKUPS);
        assertThat(
                        server.rows(
                                "postgres",
                                "SELECT datname FROM pg_database WHERE datname LIKE 'lifeos\\_restore\\_%'"))
                .isEmpty();
    }

    private void write(Random random) {
        try (Connection connection = server.connect(stack.targetDatabase());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            while (!over) {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    statement.execute(change(random));
                }
                if (random.nextInt(10) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                    writes.incrementAndGet();
                }
                // the database is not to grow faster than it is restored
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Rows are taken with SKIP LOCKED: writers that wait for each other write less. */
    private static String change(Random random) {
        int id = 1 + random.nextInt(2000);
        return switch (random.nextInt(7)) {
            case 0 ->
                    "INSERT INTO public.accounts (balance, note) VALUES (%d, repeat('n', %d))"
                            .formatted(id, random.nextInt(300));
            case 1 ->
                    "UPDATE public.accounts SET balance = balance + 1 WHERE id = (SELECT id FROM public.accounts WHERE id >= %d ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
                            .formatted(id);
            case 2 ->
                    "DELETE FROM public.history WHERE ctid IN (SELECT ctid FROM public.history LIMIT 2 FOR UPDATE SKIP LOCKED)";
            case 3 ->
                    "INSERT INTO public.history (account, data) VALUES (%d, sha256('%d'::bytea))"
                            .formatted(id, random.nextLong());
            case 4 -> "SELECT nextval('public.tickets')";
            case 5 ->
                    "INSERT INTO public.pictures SELECT lo_from_bytea(0, convert_to(repeat('p', %d), 'UTF8'))"
                            .formatted(random.nextInt(5000));
            default ->
                    """
                    WITH gone AS (DELETE FROM public.pictures WHERE ctid IN
                        (SELECT ctid FROM public.pictures ORDER BY picture LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING picture)
                    SELECT lo_unlink(picture) FROM gone
                    """;
        };
    }
}
