package org.lifeos.backup.benchmark;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pages of a list of a hundred thousand backups, read by eight clients at once. */
final class CatalogueBenchmark implements Benchmark {
    private static final int CLIENTS = 8;

    /** After this long the sessions have told the server what they did. */
    private static final int STATISTICS_MS = 15_000;

    private static final int LEARNING = 32_000;

    /**
     * The API looks at the whole catalogue every five minutes, which is longer than the walk; a
     * page that scanned it would do so thousands of times.
     */
    private static final int SCANS_OF_HEALTH = 1;

    /** Reading the page is the client's work, which is not measured and uses the same cores. */
    private static final Pattern CURSOR = Pattern.compile("\"nextCursor\":\"([^\"]+)\"");

    @Override
    public String name() {
        return "catalogue";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        int backups = options.count(100_000);
        try (Scene scene = Scene.open()) {
            fill(scene, backups);
            walk(scene, options.count(LEARNING)); // the JVM compiles what is used often
            Thread.sleep(STATISTICS_MS);
            long scansBefore = sequentialScans(scene);
            Samples milliseconds = walk(scene, options.count(8_000));
            report.title(
                    "GET /backups?limit=50 of %d backups, %d clients, milliseconds"
                            .formatted(backups, CLIENTS));
            report.atMost("p99", milliseconds.percentile(99), 25);
            Thread.sleep(STATISTICS_MS);
            report.atMost(
                    "sequential scans of the catalogue meanwhile",
                    sequentialScans(scene) - scansBefore,
                    SCANS_OF_HEALTH);
            report.figure("all", milliseconds.spread());
        }
    }

    private static void fill(Scene scene, int backups) {
        scene.server()
                .execute(
                        scene.stack().serviceDatabase(),
                        """
                        insert into backup (id, target, kind, state, format, file_name, size_bytes, sha256,
                            database_name, server_version, snapshot_at, created_at, duration_ms, tables, rows,
                            contents, pinned)
                        select gen_random_uuid(), 'lifeos', 'scheduled', 'AVAILABLE', 'plain',
                            'life_os_backup_nr_' || i || '.sql.gz', 500000 + i, repeat('a', 64), 'lifeos', '16.4',
                            now() - i * interval '1 minute', now() - i * interval '1 minute', 1000, 12, 34567,
                            '[]', false
                        from generate_series(1, %d) i\
                        """
                                .formatted(backups));
        scene.server().execute(scene.stack().serviceDatabase(), "vacuum (analyze) backup");
    }

    private static Samples walk(Scene scene, int pages) throws Exception {
        List<Double> milliseconds = Collections.synchronizedList(new ArrayList<>());
        try (HttpClient http = HttpClient.newHttpClient();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Void>> walks =
                    Collections.nCopies(
                            CLIENTS,
                            () -> {
                                walk(scene, http, pages / CLIENTS, milliseconds);
                                return null;
                            });
            for (Future<Void> client : clients.invokeAll(walks)) {
                client.get();
            }
        }
        return Samples.of(milliseconds);
    }

    /** One client: page after page, from the newest backup on. */
    private static void walk(Scene scene, HttpClient http, int pages, List<Double> milliseconds)
            throws Exception {
        String cursor = null;
        for (int page = 0; page < pages; page++) {
            String query = cursor == null ? "" : "&cursor=" + cursor;
            HttpRequest request =
                    HttpRequest.newBuilder(
                                    URI.create(
                                            scene.stack().api(0).url()
                                                    + "/api/v1/backups?limit=50"
                                                    + query))
                            .header("Authorization", "Bearer " + scene.stack().tokens().viewer())
                            .build();
            long start = System.nanoTime();
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            milliseconds.add((System.nanoTime() - start) / 1e6);
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
            }
            Matcher next = CURSOR.matcher(answer.body());
            cursor = next.find() ? next.group(1) : null;
        }
    }

    private static long sequentialScans(Scene scene) {
        return Long.parseLong(
                scene.server()
                        .rows(
                                scene.stack().serviceDatabase(),
                                "select seq_scan from pg_stat_user_tables where relname = 'backup'")
                        .getFirst()
                        .getFirst());
    }
}
