package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.PostgresServer;

/** Two APIs, two workers and a queue full of small jobs. */
class ManyJobsTest {
    /** As many as take about a minute on two cores; the long form is {@code -Dmany.jobs=1000}. */
    private static final int JOBS = Integer.getInteger("many.jobs", 240);

    private static final int TARGETS = 6;
    private static final int CALLERS = 120;
    private static final Duration LIMIT = Duration.ofSeconds(60 + JOBS);

    private static FaultScene scene;
    private static Stack stack;

    private record JobRow(
            long position,
            String id,
            String target,
            String state,
            int attempt,
            String worker,
            Instant startedAt,
            Instant finishedAt) {
        boolean overlaps(JobRow other) {
            return startedAt.isBefore(other.finishedAt) && other.startedAt.isBefore(finishedAt);
        }
    }

    @BeforeAll
    static void start() {
        PostgresServer server = PostgresServer.shared();
        Map<String, String> environment = new HashMap<>();
        environment.put("BACKUP_TARGETS", String.join(",", targets()));
        environment.put("BACKUP_WORKER_CONCURRENCY", "4");
        // a machine that is busy for some seconds is no dead worker
        environment.put("BACKUP_LEASE_SECONDS", "30");
        for (String target : targets()) {
            String database = "many_" + target.replace('-', '_');
            server.createDatabase(database);
            server.execute(
                    database, "create table one_row as select '%s' as name".formatted(target));
            String prefix = target.toUpperCase().replace('-', '_') + "_DB_";
            environment.put(prefix + "HOST", server.host());
            environment.put(prefix + "PORT", "" + server.port());
            environment.put(prefix + "NAME", database);
            environment.put(prefix + "USER", server.superuser());
            environment.put(prefix + "PASSWORD", server.password());
        }
        scene = FaultScene.start(Stack.Setup.standard().apis(2).environment(environment));
        stack = scene.stack();
    }

    @AfterAll
    static void stop() {
        stack.close();
        targets()
                .forEach(target ->
                        PostgresServer.shared().dropDatabase("many_" + target.replace('-', '_')));
    }

    private static List<String> targets() {
        return IntStream.rangeClosed(1, TARGETS).mapToObj("tiny-%d"::formatted).toList();
    }

    @Test
    void everyJobRunsOnceAndNeverTwoAtATimeForOneTarget() {
        List<Stack.Service> workers =
                List.of(scene.launch("left", Map.of()), scene.launch("right", Map.of()));
        workers.forEach(worker -> worker.process().awaitReady(worker.port()));
        // they sleep until the queue is full, so that its order is the order of the work
        workers.forEach(worker -> worker.process().stop());
        submitAll();
        long begun = System.nanoTime();
        workers.forEach(worker -> worker.process().cont());
        Awaitility.await("%d jobs have ended".formatted(JOBS))
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(250))
                .until(() -> unfinished() == 0);
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
                "many jobs: %d in %.1f s, %.1f per second%n", JOBS, seconds, JOBS / seconds);

        List<JobRow> jobs = jobs();
        assertThat(jobs).hasSize(JOBS);
        assertThat(jobs).allMatch(job -> job.state().equals("SUCCEEDED"));
        assertThat(jobs).allMatch(job -> job.attempt() == 1);
        targets().forEach(target -> oneAfterTheOtherOldestFirst(of(target, jobs)));
        assertThat(sideBySide(jobs)).as("jobs of different targets at the same time").isPositive();
        assertThat(workers(jobs)).containsExactly("left", "right");
        assertThat(scene.files().stream().filter(file -> file.endsWith(".sql.gz"))).hasSize(JOBS);
        assertThat(
                        scene.rows(
                                "select count(*), count(distinct job_id), count(distinct file_name) from backup"))
                .containsExactly(List.of("" + JOBS, "" + JOBS, "" + JOBS));
        assertThat(stack.api(0).process().alive() && stack.api(1).process().alive()).isTrue();
        Aftermath.isSound(scene);
    }

    /** Asks both APIs alternately, by many callers at once. */
    private static void submitAll() {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int first = 0; first < JOBS; first += CALLERS) {
                List<CompletableFuture<HttpResponse<String>>> answers =
                        IntStream.range(first, Math.min(first + CALLERS, JOBS))
                                .mapToObj(number ->
                                        client.sendAsync(request(number), BodyHandlers.ofString()))
                                .toList();
                for (CompletableFuture<HttpResponse<String>> answer : answers) {
                    assertThat(answer.join().statusCode()).as(answer.join().body()).isEqualTo(202);
                }
            }
        }
    }

    private static HttpRequest request(int number) {
        // not in step with the APIs, so that each of them serves each target
        String target = targets().get(number / 2 % TARGETS);
        return HttpRequest.newBuilder(URI.create(stack.api(number % 2).url() + "/api/v1/backups"))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer " + stack.tokens().operator())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"target\": \"%s\"}".formatted(target)))
                .build();
    }

    private static int unfinished() {
        return Integer.parseInt(
                scene.rows("select count(*) from job where finished_at is null")
                        .getFirst()
                        .getFirst());
    }

    private static List<JobRow> jobs() {
        return scene
                .rows(
                        """
                        select position, id, target, state, attempt, worker,
                               to_json(started_at at time zone 'UTC')#>>'{}', to_json(finished_at at time zone 'UTC')#>>'{}'
                        from job order by position
                        """)
                .stream()
                .map(row ->
                        new JobRow(
                                Long.parseLong(row.get(0)),
                                row.get(1),
                                row.get(2),
                                row.get(3),
                                Integer.parseInt(row.get(4)),
                                row.get(5),
                                Instant.parse(row.get(6) + "Z"),
                                Instant.parse(row.get(7) + "Z")))
                .toList();
    }

    private static List<JobRow> of(String target, List<JobRow> jobs) {
        return jobs.stream().filter(job -> job.target().equals(target)).toList();
    }

    private static void oneAfterTheOtherOldestFirst(List<JobRow> jobs) {
        assertThat(jobs).hasSizeGreaterThan(1);
        List<String> violations = new ArrayList<>();
        for (int i = 1; i < jobs.size(); i++) {
            if (jobs.get(i).startedAt().isBefore(jobs.get(i - 1).finishedAt())) {
                violations.add(jobs.get(i) + " began before the end of " + jobs.get(i - 1));
            }
        }
        assertThat(violations).isEmpty();
    }

    private static long sideBySide(List<JobRow> jobs) {
        return IntStream.range(1, jobs.size())
                .filter(i -> jobs.get(i).overlaps(jobs.get(i - 1)))
                .count();
    }

    private static Set<String> workers(List<JobRow> jobs) {
        Set<String> workers = new TreeSet<>();
        jobs.forEach(job -> workers.add(job.worker()));
        return workers;
    }
}
