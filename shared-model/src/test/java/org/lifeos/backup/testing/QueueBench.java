package org.lifeos.backup.testing;

import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.BackupRequest;
import org.lifeos.backup.job.BackupResult;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.sql.Database;

/** A queue of real jobs in a database of its own, and what tests do with it again and again. */
public final class QueueBench implements AutoCloseable {
    public static final Duration LEASE = Duration.ofSeconds(30);
    public static final Set<JobType> BACKUPS = Set.of(JobType.POSTGRES_BACKUP);

    private final ServiceDatabase service;
    private final Database database;
    private final Jobs jobs;

    private QueueBench(ServiceDatabase service) {
        this.service = service;
        this.database = service.database();
        this.jobs = new Jobs(database);
    }

    public static QueueBench create() {
        return new QueueBench(ServiceDatabase.create());
    }

    public static QueueBench on(PostgresServer server) {
        return new QueueBench(ServiceDatabase.on(server));
    }

    public ServiceDatabase service() {
        return service;
    }

    public Database database() {
        return database;
    }

    public Jobs jobs() {
        return jobs;
    }

    /** The queue as a worker of this name sees it. */
    public JobQueue queue(String worker) {
        return new JobQueue(database, worker, LEASE);
    }

    public static BackupRequest backupOf(String target) {
        return new BackupRequest(
                target,
                BackupKind.MANUAL,
                null,
                null,
                BackupFormat.PLAIN,
                false,
                VerificationLevel.NONE);
    }

    public static BackupResult result() {
        return new BackupResult(UUID.randomUUID(), "some.sql.gz", 20, "0".repeat(64), 1, 2, 3);
    }

    /** Who asks for a backup of a target, under a new id. */
    public static Submission submission(String target) {
        return new Submission(
                UuidV7.next(InstantSource.system()), backupOf(target), "ci-token", "a reason");
    }

    /** Asks for a backup of a target. */
    public UUID submit(String target) {
        return database.inTransaction(session -> jobs.submit(session, submission(target))).id();
    }

    /** Asks for a backup that needs nothing for itself alone, so that any number run at once. */
    public UUID submitShared(String target) {
        UUID id = submit(target);
        database.update("update job set exclusive_key = null where id = ?", id);
        return id;
    }

    public Job job(UUID id) {
        return jobs.find(id).orElseThrow();
    }

    /** Everything that is written about a job. */
    public String row(UUID id) {
        return service.value("select job from job where id = '%s'".formatted(id));
    }

    /** Claims the job that is next. */
    public static LeasedJob claim(JobQueue queue) {
        return queue.claim(BACKUPS).orElseThrow(() -> new AssertionError("no job to claim"));
    }

    public static Optional<UUID> claimedId(JobQueue queue) {
        return queue.claim(BACKUPS).map(job -> job.job().id());
    }

    public Optional<Job> cancel(UUID id, String by) {
        return database.inTransaction(session -> jobs.cancel(session, id, by));
    }

    /** Lets the time of a running job's lease be over, as when its worker has died. */
    public void expireLease(UUID id) {
        database.update(
                "update job set lease_until = now() - interval '1 second' where id = ?", id);
    }

    /** Gives the lease of a running job to somebody else. */
    public void stealLease(UUID id) {
        database.update(
                "update job set lease_token = gen_random_uuid(), lease_until = now() + interval '1 hour' where id = ?",
                id);
    }

    @Override
    public void close() throws SQLException {
        service.close();
    }
}
