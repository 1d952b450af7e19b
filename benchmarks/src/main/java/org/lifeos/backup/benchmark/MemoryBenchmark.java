package org.lifeos.backup.benchmark;

import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.lifeos.backup.system.Stack;

/** Resident memory of both services, at rest and while they work. */
final class MemoryBenchmark implements Benchmark {
    private static final int LOOK_MS = 50;
    private static final int SETTLE_MS = 5_000;

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        report.title("Resident memory, MiB");
        try (Scene scene = Scene.open()) {
            AotCaches caches = AotCaches.train(scene);
            Stack.Service api = caches.startApi(scene);
            Stack.Service worker = caches.startWorker(scene);
            Thread.sleep(SETTLE_MS);
            report.atMost("API at rest", Scene.residentMiB(api.process().pid()), 170);
            report.atMost("worker at rest", Scene.residentMiB(worker.process().pid()), 140);
        }
        double small = peakInDump(options.megabytes(50));
        double large = peakInDump(options.megabytes(1_000));
        report.figure("worker, peak in a dump of 50 MB", "%.0f".formatted(small));
        report.figure("worker, peak in a dump of 1 GB", "%.0f".formatted(large));
        report.atMost("difference", Math.abs(large - small), 40);
    }

    /**
     * A worker of its own for each size: what one run leaves in the heap does not count for
     * another.
     */
    private static double peakInDump(int megabytes) throws Exception {
        try (Scene scene = Scene.open()) {
            Content.fill(scene.server(), scene.database(), megabytes);
            long pid = scene.stack().worker(0).process().pid();
            AtomicBoolean working = new AtomicBoolean(true);
            double[] peak = new double[1];
            Thread watch =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (working.get()) {
                                    peak[0] = Math.max(peak[0], Scene.residentMiB(pid));
                                    pause();
                                }
                            });
            for (int i = 0; i < 3; i++) {
                scene.post("/api/v1/backups", Map.of());
            }
            working.set(false);
            watch.join();
            return peak[0];
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
