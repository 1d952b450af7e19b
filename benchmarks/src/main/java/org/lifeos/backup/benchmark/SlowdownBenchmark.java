package org.lifeos.backup.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/** How much slower a client of the database becomes while a backup of it is taken. */
final class SlowdownBenchmark implements Benchmark {
    private static final int SECONDS = 5;
    private static final String PACE = "BACKUP_DUMP_BYTES_PER_SECOND";
    private static final int PACED_BYTES = 20_000_000;

    @Override
    public String name() {
        return "slowdown";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        report.title("How much fewer transactions of a client during a backup, 0 for none");
        Samples fast = slowdown(Map.of(), options);
        report.figure("by default", fast.spread());
        Samples paced = slowdown(Map.of(PACE, Integer.toString(PACED_BYTES)), options);
        report.atMost(
                "paced to %,d bytes a second : by default".formatted(PACED_BYTES),
                paced.median() / fast.median(),
                0.5);
        report.figure("paced", paced.spread());
    }

    private static Samples slowdown(Map<String, String> environment, Options options)
            throws Exception {
        try (Scene scene = Scene.open(environment)) {
            prepare(scene, options);
            return ratios(scene, options);
        }
    }

    private static void prepare(Scene scene, Options options) {
        Content.fill(scene.server(), scene.database(), options.megabytes(830));
        scene.server()
                .execute(
                        scene.database(),
                        "create table account as select i as id, 0 as balance from generate_series(1, 100000) i;"
                                + " alter table account add primary key (id)");
    }

    private static Samples ratios(Scene scene, Options options) throws Exception {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < options.rounds(3); round++) {
            double alone = transactionsPerSecond(scene, () -> Thread.sleep(SECONDS * 1_000L));
            double beside = transactionsPerSecond(scene, () -> scene.backup("plain"));
            scene.forgetFiles();
            ratios.add(1 - beside / alone);
        }
        return Samples.of(ratios);
    }

    private static double transactionsPerSecond(Scene scene, Contest.Run meanwhile)
            throws Exception {
        AtomicBoolean working = new AtomicBoolean(true);
        LongAdder done = new LongAdder();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            clients.add(Thread.ofPlatform().start(() -> write(scene, working, done)));
        }
        long start = System.nanoTime();
        meanwhile.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        long count = done.sum();
        working.set(false);
        for (Thread client : clients) {
            client.join();
        }
        return count / seconds;
    }

    private static void write(Scene scene, AtomicBoolean working, LongAdder done) {
        try (Connection session = scene.server().connect(scene.database());
                Statement statement = session.createStatement()) {
            while (working.get()) {
                statement.execute(
                        "update account set balance = balance + 1 where id = 1 + (random() * 99998)::integer");
                done.increment();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
