package org.lifeos.backup.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.system.Stack;

/** From the start of a process to its first readiness. */
final class StartBenchmark implements Benchmark {
    @Override
    public String name() {
        return "start";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        List<Double> api = new ArrayList<>();
        List<Double> worker = new ArrayList<>();
        try (Scene scene = Scene.open()) {
            AotCaches caches = AotCaches.train(scene);
            for (int round = 0; round < options.rounds(10); round++) {
                long start = System.nanoTime();
                Stack.Service startedApi = caches.startApi(scene);
                api.add((System.nanoTime() - start) / 1e9);
                start = System.nanoTime();
                Stack.Service startedWorker = caches.startWorker(scene);
                worker.add((System.nanoTime() - start) / 1e9);
                startedWorker.process().close();
                startedApi.process().close();
            }
        }
        report.title("Start to ready, seconds");
        report.atMost("API", Samples.of(api), 2.3);
        report.atMost("worker", Samples.of(worker), 1.4);
    }
}
