package org.lifeos.backup.worker;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.config.ServiceDatabaseSettings;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.worker.code.CodeSettings;
import org.lifeos.backup.worker.files.FilesSettings;
import org.lifeos.backup.worker.ollama.OllamaSettings;
import org.lifeos.backup.worker.recovery.RecoverySettings;
import org.lifeos.backup.worker.target.Targets;

/**
 * How a worker is configured.
 *
 * @param home {@code LIFEOS_HOME}
 * @param zone in which file names tell the time
 * @param lease how long a job is held without a heartbeat
 * @param retryDelay how long after a first failed attempt the next one follows
 * @param verifyAfterBackup how far a job that follows each backup proves it
 * @param largestScratchBytes no side database for a larger one
 * @param dumpBytesPerSecond no plain dump is read faster; 0 for as fast as it can
 * @param ollama where Ollama is, and how patient we are with it
 * @param code how the remote of the code is asked
 * @param files where the folders and their mirror are
 * @param recovery what a recovery's checks ask
 * @param redaction takes every secret of this configuration out of a text
 */
public record WorkerSettings(
        ServiceDatabaseSettings database,
        Targets targets,
        RetentionPolicy retention,
        Path home,
        ZoneId zone,
        String name,
        int port,
        int concurrency,
        Duration lease,
        Duration retryDelay,
        VerificationLevel verifyAfterBackup,
        long largestScratchBytes,
        long dumpBytesPerSecond,
        OllamaSettings ollama,
        CodeSettings code,
        FilesSettings files,
        RecoverySettings recovery,
        Redaction redaction) {

    /**
     * @throws ConfigurationException with one line that names everything missing or wrong
     */
    public static WorkerSettings of(Environment environment) throws ConfigurationException {
        ServiceDatabaseSettings database = ServiceDatabaseSettings.of(environment);
        Targets targets = Targets.of(environment);
        Path home =
                Path.of(environment.text("LIFEOS_HOME", "/life-os")).toAbsolutePath().normalize();
        WorkerSettings settings =
                new WorkerSettings(
                        database,
                        targets,
                        RetentionPolicy.of(environment),
                        home,
                        environment.zone("TZ"),
                        environment.text("BACKUP_WORKER_NAME").orElseGet(WorkerSettings::hostName),
                        environment.port("BACKUP_WORKER_PORT", 8086),
                        environment.integer("BACKUP_WORKER_CONCURRENCY", 2, 1, 64),
                        Duration.ofSeconds(
                                environment.integer("BACKUP_LEASE_SECONDS", 30, 1, 3600)),
                        Duration.ofSeconds(
                                environment.integer("BACKUP_RETRY_DELAY_SECONDS", 2, 0, 3600)),
                        verifyAfterBackup(environment),
                        environment.bytes("BACKUP_SCRATCH_MAX_BYTES", 20L << 30),
                        environment.bytes("BACKUP_DUMP_BYTES_PER_SECOND", 0),
                        OllamaSettings.of(environment),
                        CodeSettings.of(environment),
                        FilesSettings.of(environment, home),
                        RecoverySettings.of(environment),
                        new Redaction(
                                environment.secretsRead().stream()
                                        // a password that is also a printed name cannot be hidden,
                                        // the name would go
                                        .filter(secret -> !targets.printsName(secret))
                                        .toList()));
        environment.orThrow();
        return settings;
    }

    private static VerificationLevel verifyAfterBackup(Environment environment) {
        String name = "BACKUP_VERIFY_AFTER_BACKUP";
        String level = environment.text(name, VerificationLevel.RESTORE.code());
        return VerificationLevel.byCode(level)
                .orElseGet(() -> {
                    environment.wrong(
                            "%s must be restore, content, checksum or none, not '%s'"
                                    .formatted(name, level));
                    return VerificationLevel.NONE;
                });
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "worker";
        }
    }
}
