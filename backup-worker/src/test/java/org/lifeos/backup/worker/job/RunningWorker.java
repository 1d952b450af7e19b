package org.lifeos.backup.worker.job;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.config.ServiceDatabaseSettings;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.WorkerRegister;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.worker.WorkerSettings;
import org.postgresql.ds.PGSimpleDataSource;

/** A worker as a process runs it, with its loop, leases and notifications, in this JVM. */
final class RunningWorker implements AutoCloseable {
    private final WorkerLife life;

    private RunningWorker(WorkerLife life) {
        this.life = life;
        life.start(null);
    }

    /** Starts a worker with the lease of all days. */
    static RunningWorker start(QueueBench bench, String name, JobHandler handler) {
        return start(bench, name, QueueBench.LEASE, handler);
    }

    /** Starts a worker; it looks for expired leases three times in the time of a lease. */
    static RunningWorker start(QueueBench bench, String name, Duration lease, JobHandler handler) {
        WorkerSettings settings = settings(bench.service().settings(), name, lease);
        return new RunningWorker(
                new WorkerLife(
                        settings,
                        bench.database(),
                        new JobQueue(bench.database(), name, lease),
                        new WorkerRegister(bench.database()),
                        List.of(handler)));
    }

    /** Starts a worker that has nothing but sessions of these settings, as a process has. */
    static RunningWorker start(ServiceDatabaseSettings service, String name, JobHandler handler) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(service.jdbcUrl());
        source.setUser(service.user());
        source.setPassword(service.password());
        source.setSocketTimeout(10);
        Database database = new Database(source);
        return new RunningWorker(
                new WorkerLife(
                        settings(service, name, QueueBench.LEASE),
                        database,
                        new JobQueue(database, name, QueueBench.LEASE),
                        new WorkerRegister(database),
                        List.of(handler)));
    }

    private static WorkerSettings settings(
            ServiceDatabaseSettings database, String name, Duration lease) {
        Map<String, String> variables = new TreeMap<>();
        variables.put("BACKUP_DB_HOST", database.host());
        variables.put("BACKUP_DB_PORT", Integer.toString(database.port()));
        variables.put("BACKUP_DB_NAME", database.name());
        variables.put("BACKUP_DB_USER", database.user());
        variables.put("BACKUP_DB_PASSWORD", database.password());
        variables.put("BACKUP_WORKER_NAME", name);
        variables.put("BACKUP_WORKER_CONCURRENCY", "4");
        variables.put("BACKUP_LEASE_SECONDS", Long.toString(lease.toSeconds()));
        variables.put("BACKUP_RETRY_DELAY_SECONDS", "0");
        try {
            return WorkerSettings.of(new Environment(variables));
        } catch (ConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean isReady() {
        return life.call().getStatus() == Status.UP;
    }

    @Override
    public void close() {
        life.stop(null);
    }
}
