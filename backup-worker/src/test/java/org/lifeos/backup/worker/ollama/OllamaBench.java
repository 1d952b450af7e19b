package org.lifeos.backup.worker.ollama;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.lifeos.backup.job.Failure;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobRequest;
import org.lifeos.backup.job.OllamaManifestRequest;
import org.lifeos.backup.job.OllamaManifestResult;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.ollama.ManifestFolder;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.testing.OllamaStandIn;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.job.PartialResultException;

/** Jobs of Ollama against a stand-in, with limits as short as a test is. */
final class OllamaBench implements AutoCloseable {
    static final OllamaLimits LIMITS =
            new OllamaLimits(
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(5),
                    1 << 20,
                    Duration.ofMillis(700),
                    Duration.ofMillis(700),
                    Duration.ofMillis(600),
                    Duration.ofMillis(900),
                    Duration.ofSeconds(4),
                    20_000_000,
                    1 << 20);
    static final OllamaRetries RETRIES =
            new OllamaRetries(
                    3,
                    12,
                    Duration.ofMillis(10),
                    Duration.ofMillis(40),
                    Duration.ofMillis(50),
                    Duration.ofMillis(100),
                    Duration.ofMillis(30),
                    Duration.ofMillis(60),
                    Duration.ofSeconds(5),
                    2);

    private final QueueBench bench = QueueBench.create();
    private final JobQueue queue = bench.queue("ada");
    OllamaStandIn server;
    private Path home;
    private OllamaLimits limits;
    private OllamaRetries retries;
    private java.net.URI registry;

    /** Forgets everything and takes another, empty home. */
    void begin(Path emptyHome) {
        bench.service().clear();
        server = OllamaStandIn.start();
        home = emptyHome;
        limits = LIMITS;
        retries = RETRIES;
        registry = null;
    }

    void end() {
        server.close();
    }

    void limits(UnaryOperator<OllamaLimits> change) {
        limits = change.apply(limits);
    }

    void registry(String address) {
        registry = java.net.URI.create(address);
    }

    void retries(UnaryOperator<OllamaRetries> change) {
        retries = change.apply(retries);
    }

    OllamaSettings settings() {
        return new OllamaSettings(java.net.URI.create(server.url()), registry, limits, retries);
    }

    Path file() {
        return home.resolve("data").resolve(OllamaManifest.FILE);
    }

    ManifestFolder folder() {
        return ManifestFolder.in(home);
    }

    String text() {
        try {
            return Files.readString(file());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Puts any text in the manifest's place. */
    void manifest(String text) {
        try {
            Files.createDirectories(file().getParent());
            Files.writeString(file(), text);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    JobHandler saving() {
        return new OllamaManifestHandler(settings(), home, ZoneOffset.UTC, bench.database(), queue);
    }

    JobHandler restoring() {
        return new OllamaRestoreHandler(settings(), folder());
    }

    OllamaManifestResult save() {
        return (OllamaManifestResult) run(new OllamaManifestRequest(), saving()).result();
    }

    List<RestoredModel> restore() {
        return restore(new OllamaRestoreRequest(List.of(), null, false, false)).models();
    }

    RestoredModel restoreOne() {
        List<RestoredModel> models = restore();
        if (models.size() != 1) {
            throw new AssertionError("not one model: " + models);
        }
        return models.getFirst();
    }

    OllamaRestoreResult restore(OllamaRestoreRequest request) {
        return (OllamaRestoreResult) run(request, restoring()).result();
    }

    /** Runs a job as a worker does; what it throws also ends the job. */
    Job run(JobRequest request, JobHandler handler) {
        Attempt attempt = begin(request);
        run(attempt, handler);
        return bench.job(attempt.jobId());
    }

    void run(Attempt attempt, JobHandler handler) {
        try {
            handler.run(attempt);
        } catch (PartialResultException e) {
            ProblemException problem = (ProblemException) e.getCause();
            queue.fail(attempt.lease(), Failure.of(problem), null, () -> {});
            throw e;
        } catch (ProblemException e) {
            queue.fail(attempt.lease(), Failure.of(e), null, () -> {});
            throw e;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** What a run that stopped has kept. */
    OllamaRestoreResult partial(PartialResultException stopped) {
        return (OllamaRestoreResult) stopped.result();
    }

    /** Waits for a fact, for five seconds at most. */
    static void until(BooleanSupplier fact) {
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!fact.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("it did not come about within five seconds");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    Attempt begin(JobRequest request) {
        bench.database()
                .inTransaction(session ->
                        bench.jobs()
                                .submit(
                                        session,
                                        new Submission(
                                                UUID.randomUUID(), request, "ci-token", null)));
        return new Attempt(
                queue.claim(Set.of(request.type())).orElseThrow(),
                queue,
                new JobLog(bench.database()),
                new Redaction(List.of()));
    }

    Job job(UUID id) {
        return bench.job(id);
    }

    QueueBench jobs() {
        return bench;
    }

    JobQueue queue() {
        return queue;
    }

    static Map<String, String> outcomes(List<RestoredModel> models) {
        Map<String, String> outcomes = new java.util.LinkedHashMap<>();
        models.forEach(model -> outcomes.put(model.model(), model.outcome().name()));
        return outcomes;
    }

    @Override
    public void close() throws SQLException {
        bench.close();
    }
}
