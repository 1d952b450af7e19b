package org.lifeos.backup.worker.swap;

import java.sql.SQLException;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.restore.RestoredCopy;

/** Where the result of a restore goes; called in the order in which the methods stand here. */
interface Destination {

    /** Whether the job's result is there already. */
    boolean isReached() throws SQLException;

    /** What is known of a result that is there already. */
    RestoreResult adopted() throws SQLException;

    /**
     * @throws ProblemException when the result could not go there
     */
    void preflight() throws SQLException;

    /** Called when the dump is known to be good, before the server is touched. */
    void beforeRestore() throws SQLException;

    /** Called when the side database is known to be good. */
    void prepare(String side) throws SQLException;

    /**
     * Gives the side database its place; at every instant it is wholly there or not at all.
     *
     * @throws ProblemException when it could not; then nothing changed
     */
    RestoreResult publish(String side, RestoredCopy copy);
}
