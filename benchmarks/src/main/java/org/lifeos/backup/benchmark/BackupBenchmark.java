package org.lifeos.backup.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** A whole backup against the bare tools, and against how others call them. */
final class BackupBenchmark implements Benchmark {
    private static final String SERVICE = "life-os backup, everything included";
    private static final String LIMIT = "pg_dump > /dev/null";
    private static final String OLD_SCRIPT = "pg_dump | gzip (the old script)";

    @Override
    public String name() {
        return "backup";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        int megabytes = options.megabytes(830);
        try (Scene scene = Scene.open()) {
            Content.fill(scene.server(), scene.database(), megabytes);
            Contest contest = new Contest();
            AtomicLong ours = new AtomicLong();
            contest.way(
                    SERVICE,
                    () -> {
                        Path file = scene.fileOf(scene.backup("plain"));
                        ours.set(Files.size(file));
                        scene.forgetFiles();
                    });
            contest.way(LIMIT, () -> scene.shell("pg_dump --clean --if-exists > /dev/null"));
            Path old = scene.file("old.sql.gz");
            contest.way(
                    OLD_SCRIPT, () -> scene.shell("pg_dump --clean --if-exists | gzip > " + old));
            addOthers(contest, scene);
            contest.run(options.rounds(5));

            report.title(
                    "Backup of %d MB"
                            .formatted(Content.size(scene.server(), scene.database()) / 1_000_000));
            report.atMost("backup : old script", contest.ratio(SERVICE, OLD_SCRIPT), 0.40);
            report.atMost("backup : pg_dump alone", contest.ratio(SERVICE, LIMIT), 1.35);
            report.atMost("size of the file : gzip's", (double) ours.get() / size(old), 1.05);
            for (String way : contest.names()) {
                report.figure(way + ", seconds", contest.seconds(way).spread());
                if (!way.equals(OLD_SCRIPT)) {
                    report.figure(way + " : old script", contest.ratio(way, OLD_SCRIPT).spread());
                }
            }
            chart(contest, options);
        }
    }

    private static void addOthers(Contest contest, Scene scene) {
        Map<String, String> filters =
                Map.of("igzip", "igzip -1", "pigz", "pigz -p2", "zstd", "zstd -3 -q");
        filters.forEach((program, filter) -> {
            if (Scene.installed(program)) {
                contest.way(
                        "pg_dump | " + filter,
                        () ->
                                scene.shell(
                                        "pg_dump --clean --if-exists | %s > other"
                                                .formatted(filter)));
            } else {
                System.err.println("  " + program + " is not installed: left away");
            }
        });
        contest.way("pg_dump -Fc", () -> scene.shell("pg_dump -Fc -f other"));
        contest.way(
                "pg_dump -Z1 -f (postgres-backup-local)",
                () -> scene.shell("pg_dump -Z1 -f other"));
        contest.way("pg_dump -Fc -Z5 (Databasus)", () -> scene.shell("pg_dump -Fc -Z5 -f other"));
        // deflate in one thread, level 6, as pgbackweb's zip writer
        contest.way(
                "pg_dump | deflate in one thread (pgbackweb)",
                () -> scene.shell("pg_dump --clean --if-exists | gzip -6 > other"));
    }

    private static void chart(Contest contest, Options options) throws IOException {
        BarChart chart = new BarChart("Time of a backup: median, whisker from fastest to slowest");
        contest.names().forEach(way -> chart.bar(way, contest.seconds(way)));
        chart.write(options.folder().resolve("backup.svg"));
    }

    private static long size(Path file) throws IOException {
        return Files.size(file);
    }
}
