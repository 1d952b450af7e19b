package org.lifeos.backup.worker.swap;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.worker.restore.RestoredCopy;
import org.lifeos.backup.worker.restore.SideDatabases;
import org.lifeos.backup.worker.target.Target;

/** A restore into a database that did not exist before. */
final class NewDatabase implements Destination {
    private final Backup backup;
    private final RestoreRequest request;
    private final SideDatabases databases;

    NewDatabase(UUID jobId, Target target, Backup backup, RestoreRequest request) {
        this.backup = backup;
        this.request = request;
        this.databases = new SideDatabases(target, jobId);
    }

    @Override
    public boolean isReached() throws SQLException {
        return databases.isPublished(request.database());
    }

    @Override
    public RestoreResult adopted() {
        return new RestoreResult(
                request.database(),
                null,
                null,
                null,
                backup.tables(),
                backup.rows(),
                !request.tolerateErrors(),
                List.of(),
                List.of());
    }

    @Override
    public void preflight() throws SQLException {
        databases.requireFree(request.database());
    }

    @Override
    public void beforeRestore() {
        // nothing is replaced
    }

    @Override
    public void prepare(String side) {
        // it is its owner's alone
    }

    @Override
    public RestoreResult publish(String side, RestoredCopy copy) {
        databases.publish(side, request.database());
        List<TableContent> tables = copy.content().tables();
        return new RestoreResult(
                request.database(),
                null,
                null,
                null,
                tables.size(),
                tables.stream().mapToLong(TableContent::rows).sum(),
                copy.errors().isEmpty(),
                copy.createdRoles(),
                copy.errors());
    }
}
