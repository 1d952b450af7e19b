package org.lifeos.backup.benchmark;

import io.restassured.path.json.JsonPath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How long a job waits for a worker that has nothing else to do. */
final class PickUpBenchmark implements Benchmark {
    @Override
    public String name() {
        return "pick-up";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        try (Scene scene = Scene.open()) {
            List<Double> milliseconds = new ArrayList<>();
            for (int i = 0; i < options.count(200); i++) {
                JsonPath job = scene.post("/api/v1/retention/runs", Map.of("dryRun", true));
                if (i >= 10) {
                    Duration waited =
                            Duration.between(
                                    Instant.parse(job.getString("createdAt")),
                                    Instant.parse(job.getString("startedAt")));
                    milliseconds.add(waited.toNanos() / 1e6);
                }
            }
            Samples waits = Samples.of(milliseconds);
            report.title(
                    "Pick-up of a job by an idle worker, milliseconds from created to started");
            report.atMost("p50", waits.percentile(50), 20);
            report.atMost("p99", waits.percentile(99), 100);
            report.figure("all", waits.spread());
        }
    }
}
