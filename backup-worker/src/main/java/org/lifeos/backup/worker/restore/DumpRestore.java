package org.lifeos.backup.worker.restore;

import org.lifeos.backup.problem.ProblemException;

/** Fills an empty database from a stored dump. */
interface DumpRestore {

    /**
     * Runs every statement, and ends at the first that fails.
     *
     * @throws ProblemException when one failed; then the database is worth nothing
     */
    void strict();

    /**
     * Runs what can be run.
     *
     * @return what failed
     * @throws ProblemException only when the server is lost
     */
    RestoreErrors tolerant();
}
