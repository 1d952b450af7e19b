package org.lifeos.backup.benchmark;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Backups of growing databases, and two targets side by side. */
final class ScalingBenchmark implements Benchmark {
    private static final String SERVICE = "life-os backup";
    private static final String OLD_SCRIPT = "old script";

    @Override
    public String name() {
        return "scaling";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        report.title("Scaling");
        for (int full : new int[] {50, 200, 1000}) {
            int megabytes = options.megabytes(full);
            try (Scene scene = Scene.open()) {
                Content.fill(scene.server(), scene.database(), megabytes);
                Contest contest =
                        new Contest()
                                .way(
                                        SERVICE,
                                        () -> {
                                            scene.backup("plain");
                                            scene.forgetFiles();
                                        })
                                .way(
                                        OLD_SCRIPT,
                                        () ->
                                                scene.shell(
                                                        "pg_dump --clean --if-exists | gzip > other"))
                                .run(options.rounds(3));
                report.figure(
                        "%d MB: backup, seconds".formatted(full),
                        contest.seconds(SERVICE).spread());
                report.figure(
                        "%d MB: backup : old script".formatted(full),
                        contest.ratio(SERVICE, OLD_SCRIPT).spread());
            }
        }
        twoTargets(report, options);
    }

    private static void twoTargets(Report report, Options options) throws Exception {
        try (Scene scene = Scene.open(Map.of("BACKUP_TARGETS", "second"))) {
            Content.fill(scene.server(), scene.database(), options.megabytes(200));
            String second = scene.database() + "_second";
            scene.server().createDatabaseFrom(scene.database(), second);
            Map<String, String> access =
                    Map.of(
                            "SECOND_DB_HOST", scene.server().host(),
                            "SECOND_DB_PORT", Integer.toString(scene.server().port()),
                            "SECOND_DB_NAME", second,
                            "SECOND_DB_USER", scene.server().superuser(),
                            "SECOND_DB_PASSWORD", scene.server().password());
            scene.stack().worker(0).process().close();
            scene.stack().startWorker(access);
            scene.stack().startWorker(access);
            Contest contest =
                    new Contest()
                            .way("one", () -> scene.backup("plain"))
                            .way("both", () -> both(scene))
                            .run(options.rounds(3));
            report.figure(
                    "two targets side by side on two workers : one alone (200 MB each)",
                    contest.ratio("both", "one").spread());
        }
    }

    private static void both(Scene scene) throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = callers.submit(backupOf(scene, "lifeos"));
            Future<?> second = callers.submit(backupOf(scene, "second"));
            first.get();
            second.get();
        }
    }

    private static Callable<Void> backupOf(Scene scene, String target) {
        return () -> {
            scene.post("/api/v1/backups", Map.of("target", target));
            return null;
        };
    }
}
