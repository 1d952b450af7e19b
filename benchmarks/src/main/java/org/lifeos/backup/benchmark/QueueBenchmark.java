package org.lifeos.backup.benchmark;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.QueueBench;

/** Jobs that do nothing through the queue's own statements: two workers with four hands each. */
final class QueueBenchmark implements Benchmark {
    private static final int HANDS = 4;

    @Override
    public String name() {
        return "queue";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        int count = options.count(10_000);
        try (PostgresServer server = PostgresServer.start(Map.of("fsync", "on"));
                QueueBench bench = QueueBench.on(server)) {
            for (int i = 0; i < count; i++) {
                bench.submitShared("lifeos");
            }
            Map<UUID, Integer> runs = new ConcurrentHashMap<>();
            long start = System.nanoTime();
            drain(bench, runs);
            double seconds = (System.nanoTime() - start) / 1e9;
            long once = runs.values().stream().filter(times -> times == 1).count();
            String unfinished =
                    bench.service().value("select count(*) from job where state <> 'SUCCEEDED'");

            report.title("Queue of %d jobs that do nothing".formatted(count));
            report.atLeast("jobs a second", count / seconds, 500);
            report.atLeast("jobs that ran exactly once", once, count);
            report.atMost("jobs that did not succeed", Double.parseDouble(unfinished), 0);
        }
    }

    private static void drain(QueueBench bench, Map<UUID, Integer> runs) throws Exception {
        List<Callable<Void>> hands =
                Stream.of("worker-1", "worker-2")
                        .map(bench::queue)
                        .flatMap(
                                queue -> IntStream.range(0, HANDS).mapToObj(_ -> hand(queue, runs)))
                        .toList();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> hand : threads.invokeAll(hands)) {
                hand.get();
            }
        }
    }

    private static Callable<Void> hand(JobQueue queue, Map<UUID, Integer> runs) {
        return () -> {
            Optional<LeasedJob> job;
            while ((job = queue.claim(QueueBench.BACKUPS)).isPresent()) {
                runs.merge(job.get().job().id(), 1, Integer::sum);
                queue.succeed(job.get().lease(), _ -> QueueBench.result());
            }
            return null;
        };
    }
}
