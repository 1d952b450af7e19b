package org.lifeos.backup.worker.swap;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.restore.DatabaseSwap;
import org.lifeos.backup.worker.restore.DumpProof;
import org.lifeos.backup.worker.restore.RestoredCopy;
import org.lifeos.backup.worker.restore.SideDatabases;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;

/** A restore in the place of the target's own database. */
final class SwappedDatabase implements Destination {
    private static final Logger LOG = Logger.getLogger(SwappedDatabase.class);

    private final Attempt attempt;
    private final Target target;
    private final Backup backup;
    private final RestoreRequest request;
    private final SafetyBackup safety;
    private final long largestScratchBytes;
    private final SideDatabases databases;
    private final DatabaseSwap swap;
    private UUID safetyBackupId;
    private Optional<DatabaseSwap.Previous> previous = Optional.empty();

    SwappedDatabase(
            Attempt attempt,
            Target target,
            Backup backup,
            RestoreRequest request,
            SafetyBackup safety,
            long largestScratchBytes) {
        this.attempt = attempt;
        this.target = target;
        this.backup = backup;
        this.request = request;
        this.safety = safety;
        this.largestScratchBytes = largestScratchBytes;
        this.databases = new SideDatabases(target, attempt.jobId());
        this.swap = new DatabaseSwap(target, attempt.jobId());
    }

    @Override
    public boolean isReached() throws SQLException {
        return swap.isDone();
    }

    @Override
    public RestoreResult adopted() throws SQLException {
        previous = swap.replacedBy(attempt.jobId());
        settle();
        safetyBackupId = safety.idOf(attempt.jobId()).orElse(null);
        return result(backup.tables(), backup.rows(), List.of());
    }

    private RestoreResult result(int tables, long rows, List<String> createdRoles) {
        return new RestoreResult(
                target.database(),
                previous.map(DatabaseSwap.Previous::name).orElse(null),
                previous.map(DatabaseSwap.Previous::staysUntil).orElse(null),
                safetyBackupId,
                tables,
                rows,
                true,
                createdRoles,
                List.of());
    }

    @Override
    public void preflight() throws SQLException {
        if (!request.database().equals(target.database())) {
            throw ProblemException.field(
                    "confirm",
                    "must be the name of the target's database, '%s', not '%s'."
                            .formatted(target.database(), request.database()));
        }
        Long bytes = backup.database().sizeBytes();
        DumpProof.requireScratchFits(
                backup.file().name(), bytes == null ? 0 : bytes, largestScratchBytes);
        if (databases.exists(target.database())) {
            new TargetServer(target).requireNoPreparedTransactions(attempt.jobId());
        }
    }

    @Override
    public void beforeRestore() throws SQLException {
        if (databases.exists(target.database())) {
            safetyBackupId = safety.take(attempt, target);
        }
    }

    /** Settings come after the data: a read-only default would have stopped it. */
    @Override
    public void prepare(String side) throws SQLException {
        if (databases.exists(target.database())) {
            databases.copyTraits(target.database(), side);
        }
    }

    @Override
    public RestoreResult publish(String side, RestoredCopy copy) {
        try {
            previous = swap.swap(side);
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
        settle();
        List<TableContent> tables = copy.content().tables();
        return result(
                tables.size(),
                tables.stream().mapToLong(TableContent::rows).sum(),
                copy.createdRoles());
    }

    /**
     * Of databases that were replaced one is kept, the newest, and nothing goes on in it. What
     * cannot be removed now, a later look removes.
     */
    private void settle() {
        try {
            if (previous.isPresent()) {
                swap.pause(previous.get());
            }
        } catch (SQLException e) {
            attempt.log(
                    "the subscriptions of %s may still be enabled: %s"
                            .formatted(previous.get().name(), e.getMessage()));
        }
        try {
            swap.dropOld();
        } catch (SQLException e) {
            LOG.warnf("databases that %s had before stay for now: %s", target, e.getMessage());
        }
    }
}
