package org.lifeos.backup.worker;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.List;
import javax.sql.DataSource;
import org.lifeos.backup.catalog.BackupIndex;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.WorkerRegister;
import org.lifeos.backup.ollama.ManifestFolder;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.target.TargetRegister;
import org.lifeos.backup.worker.backup.BackupHandler;
import org.lifeos.backup.worker.backup.BackupTaker;
import org.lifeos.backup.worker.backup.FollowUps;
import org.lifeos.backup.worker.catalog.BackupDeletionHandler;
import org.lifeos.backup.worker.catalog.CatalogScanHandler;
import org.lifeos.backup.worker.catalog.ManifestUpdateHandler;
import org.lifeos.backup.worker.code.CodeCheck;
import org.lifeos.backup.worker.code.CodeCheckHandler;
import org.lifeos.backup.worker.files.FilesCheckHandler;
import org.lifeos.backup.worker.files.FilesRestoreHandler;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.ollama.OllamaManifestHandler;
import org.lifeos.backup.worker.ollama.OllamaRestoreHandler;
import org.lifeos.backup.worker.recovery.RecoveryHandler;
import org.lifeos.backup.worker.recovery.RecoveryParts;
import org.lifeos.backup.worker.restore.SideDatabaseCleaner;
import org.lifeos.backup.worker.retention.RetentionHandler;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.swap.RestoreHandler;
import org.lifeos.backup.worker.swap.RollbackHandler;
import org.lifeos.backup.worker.verification.VerificationHandler;

/** The parts of the worker, each made once. */
@ApplicationScoped
public class WorkerParts {

    @Produces
    @Singleton
    WorkerSettings settings() throws ConfigurationException {
        return WorkerSettings.of(new Environment(System.getenv()));
    }

    @Produces
    @Singleton
    Database database(DataSource source) {
        return new Database(source);
    }

    @Produces
    @Singleton
    JobQueue queue(Database database, WorkerSettings settings) {
        return new JobQueue(database, settings.name(), settings.lease());
    }

    @Produces
    @Singleton
    WorkerRegister register(Database database) {
        return new WorkerRegister(database);
    }

    @Produces
    @Singleton
    TargetRegister targetRegister(Database database) {
        return new TargetRegister(database);
    }

    @Produces
    @Singleton
    BackupFolder folder(WorkerSettings settings) {
        return new BackupFolder(settings.home());
    }

    @Produces
    @Singleton
    List<JobHandler> handlers(
            WorkerSettings settings, BackupFolder folder, Database database, JobQueue queue) {
        Catalogue catalogue = new Catalogue(database);
        SideDatabaseCleaner sideDatabases = new SideDatabaseCleaner(settings.targets(), queue);
        BackupTaker taker =
                new BackupTaker(
                        folder,
                        catalogue,
                        queue,
                        InstantSource.system(),
                        settings.zone(),
                        settings.largestScratchBytes(),
                        settings.dumpBytesPerSecond());
        FollowUps followUps =
                new FollowUps(
                        new Jobs(database),
                        InstantSource.system(),
                        List.of(
                                FollowUps.verification(
                                        settings.verifyAfterBackup(),
                                        settings.largestScratchBytes()),
                                FollowUps::retention));
        return List.of(
                new BackupHandler(
                        settings.targets(), taker, folder, catalogue, followUps, sideDatabases),
                new ManifestUpdateHandler(folder, catalogue),
                new BackupDeletionHandler(folder, catalogue),
                new CatalogScanHandler(
                        settings.targets(),
                        folder,
                        catalogue,
                        new BackupIndex(database),
                        queue,
                        settings.zone()),
                new RestoreHandler(
                        settings.targets(),
                        folder,
                        catalogue,
                        sideDatabases,
                        taker,
                        settings.largestScratchBytes()),
                new RollbackHandler(settings.targets()),
                new VerificationHandler(
                        settings.targets(),
                        folder,
                        catalogue,
                        queue,
                        sideDatabases,
                        settings.largestScratchBytes()),
                new RetentionHandler(settings.retention(), folder, catalogue, queue),
                new OllamaManifestHandler(
                        settings.ollama(), settings.home(), settings.zone(), database, queue),
                new OllamaRestoreHandler(settings.ollama(), ManifestFolder.in(settings.home())),
                new CodeCheckHandler(new CodeCheck(settings.code(), settings.home(), queue::now)),
                new FilesCheckHandler(settings.files(), InstantSource.system()),
                new FilesRestoreHandler(settings.files()),
                new RecoveryHandler(
                        new RecoveryParts(
                                settings.files(),
                                settings.zone(),
                                settings.targets(),
                                folder,
                                catalogue,
                                database,
                                queue,
                                settings.largestScratchBytes(),
                                settings.recovery()),
                        sideDatabases));
    }
}
