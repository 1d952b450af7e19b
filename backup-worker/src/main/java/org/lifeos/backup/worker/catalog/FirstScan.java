package org.lifeos.backup.worker.catalog;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.BackupIndex;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.job.CatalogScanRequest;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.worker.WorkerSettings;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.FoundDump;

/**
 * Asks for a scan when a worker starts with an empty catalogue and dumps that no job of this
 * database made: the database is new, or another one than before. However many workers start, one
 * scan is recorded.
 */
@ApplicationScoped
public class FirstScan {
    private static final Logger LOG = Logger.getLogger(FirstScan.class);
    private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(2);

    private final WorkerSettings settings;
    private final Database database;
    private final BackupFolder folder;
    private final JobQueue queue;
    private final BackupIndex index;
    private final Jobs jobs;
    private final CountDownLatch stopped = new CountDownLatch(1);

    FirstScan(WorkerSettings settings, Database database, BackupFolder folder, JobQueue queue) {
        this.settings = settings;
        this.database = database;
        this.folder = folder;
        this.queue = queue;
        this.index = new BackupIndex(database);
        this.jobs = new Jobs(database);
    }

    void start(@Observes StartupEvent event) {
        Thread.ofVirtual().name("first-scan").start(this::askUntilAnswered);
    }

    void stop(@Observes ShutdownEvent event) {
        stopped.countDown();
    }

    /** The API may not have made the tables yet. */
    private void askUntilAnswered() {
        try {
            do {
                try {
                    requestIfNeeded();
                    return;
                } catch (SqlFailure e) {
                    LOG.debugf("the catalogue cannot be asked yet: %s", e.getMessage());
                } catch (ProblemException e) {
                    LOG.warnf("no scan of the backup folder: %s", e.detail());
                    return;
                }
            } while (!stopped.await(ASK_AGAIN_AFTER.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether a scan was recorded. */
    boolean requestIfNeeded() {
        List<FoundDump> dumps = folder.dumps(LOG::debug);
        if (dumps.stream().noneMatch(this::isForeign)) {
            return false;
        }
        return database.inTransaction(this::request);
    }

    private boolean isForeign(FoundDump dump) {
        return folder.manifestOf(dump.name())
                .map(BackupManifest::jobId)
                .filter(queue::knows)
                .isEmpty();
    }

    private boolean request(Session session) {
        // all workers that start at once: the first one records it, the others see it
        session.first(
                "select pg_advisory_xact_lock(hashtext('catalogue/first-scan'))", row -> true);
        if (!index.isEmpty(session) || isUnderWay(session)) {
            return false;
        }
        jobs.submit(
                session,
                new Submission(
                        UuidV7.next(InstantSource.system()),
                        new CatalogScanRequest(),
                        "worker:" + settings.name(),
                        "the catalogue is empty"));
        LOG.info("the catalogue is empty and the backup folder is not: a scan is recorded");
        return true;
    }

    private static boolean isUnderWay(Session session) {
        return session.first(
                        "select 1 from job where type = 'catalog-scan' and state in ('QUEUED', 'RUNNING')",
                        row -> true)
                .isPresent();
    }
}
