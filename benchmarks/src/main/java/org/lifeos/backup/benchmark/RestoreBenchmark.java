package org.lifeos.backup.benchmark;

import io.restassured.path.json.JsonPath;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** Verified restores beside the database against a bare {@code gunzip | psql}. */
final class RestoreBenchmark implements Benchmark {
    private static final String PLAIN = "life-os restore, plain, verified";
    private static final String CUSTOM = "life-os restore, custom, verified";
    private static final String OLD_RUNBOOK = "gunzip | psql (the old runbook)";
    private static final String PG_RESTORE = "pg_restore -j2";

    private static final int POLL_MILLIS = 250;

    private final AtomicInteger copies = new AtomicInteger();

    @Override
    public String name() {
        return "restore";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        try (Scene scene = Scene.open()) {
            Content.fill(scene.server(), scene.database(), options.megabytes(830));
            JsonPath plain = proven(scene, "plain");
            JsonPath custom = proven(scene, "custom");
            Path plainFile = scene.fileOf(plain);
            Path customFile = scene.fileOf(custom);
            Contest contest =
                    new Contest()
                            .way(PLAIN, () -> restore(scene, plain))
                            .way(CUSTOM, () -> restore(scene, custom))
                            .way(
                                    OLD_RUNBOOK,
                                    () ->
                                            byHand(
                                                    scene,
                                                    "gunzip -c %s | psql -qX -v ON_ERROR_STOP=1 -d by_hand -o /dev/null"
                                                            .formatted(plainFile)))
                            .way(
                                    PG_RESTORE,
                                    () -> byHand(scene, "pg_restore -j2 -d by_hand " + customFile))
                            .run(options.rounds(3));
            report.title("Restore, each result read back and compared");
            report.atMost(
                    "custom, 2 jobs : gunzip | psql", contest.ratio(CUSTOM, OLD_RUNBOOK), 0.80);
            report.atMost("plain : gunzip | psql", contest.ratio(PLAIN, OLD_RUNBOOK), 1.25);
            BarChart chart = new BarChart("Time of a restore");
            for (String way : contest.names()) {
                report.figure(way + ", seconds", contest.seconds(way).spread());
                chart.bar(way, contest.seconds(way));
            }
            chart.write(options.folder().resolve("restore.svg"));
            report.figure(PLAIN + ", where the time goes", phases(scene, plain));
            report.figure(CUSTOM + ", where the time goes", phases(scene, custom));
        }
    }

    /** As by default each backup is, right after it was taken. */
    private static JsonPath proven(Scene scene, String format) {
        JsonPath backup = scene.backup(format);
        String id = backup.getString("result.backupId");
        scene.post("/api/v1/backups/" + id + "/verifications", Map.of("level", "content"));
        return backup;
    }

    private void restore(Scene scene, JsonPath backupJob) {
        String copy = "copy_" + copies.incrementAndGet();
        requireVerified(scene.post("/api/v1/restores", request(backupJob, copy)));
        scene.server().dropDatabase(copy);
    }

    private static Map<String, String> request(JsonPath backupJob, String copy) {
        return Map.of(
                "backup",
                backupJob.getString("result.backupId"),
                "mode",
                "new-database",
                "database",
                copy,
                "confirm",
                copy);
    }

    private static void requireVerified(JsonPath job) {
        if (!job.getBoolean("result.verified")) {
            throw new IllegalStateException("not verified: " + job.prettify());
        }
    }

    /** The phases of one more restore with their seconds. */
    private String phases(Scene scene, JsonPath backupJob) throws InterruptedException {
        String copy = "copy_" + copies.incrementAndGet();
        Map<String, Double> seconds = new LinkedHashMap<>();
        JsonPath job = scene.submit("/api/v1/restores", request(backupJob, copy));
        long last = System.nanoTime();
        while (job.getString("finishedAt") == null) {
            Thread.sleep(POLL_MILLIS);
            job = scene.job(job.getString("id"));
            long now = System.nanoTime();
            String phase = job.getString("progress.phase");
            seconds.merge(phase == null ? "waiting" : phase, (now - last) / 1e9, Double::sum);
            last = now;
        }
        requireVerified(job);
        scene.server().dropDatabase(copy);
        return seconds.entrySet().stream()
                .map(phase -> "%s %.1f s".formatted(phase.getKey(), phase.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static void byHand(Scene scene, String line) {
        scene.server().createDatabase("by_hand");
        scene.shell(line);
        scene.server().dropDatabase("by_hand");
    }
}
