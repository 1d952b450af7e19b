package org.lifeos.backup.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
            Stack stack = scene.stack();
            for (int round = 0; round < options.rounds(10); round++) {
                stack.worker(round).process().close();
                stack.api(round).process().close();
                long start = System.nanoTime();
                stack.startApi(Map.of());
                api.add((System.nanoTime() - start) / 1e9);
                start = System.nanoTime();
                stack.startWorker(Map.of());
                worker.add((System.nanoTime() - start) / 1e9);
            }
        }
        report.title("Start to ready, seconds");
        report.atMost("API", Samples.of(api), 2.3);
        report.atMost("worker", Samples.of(worker), 1.4);
    }
}
