package org.lifeos.backup.sql;

import java.sql.SQLException;
import java.util.Set;

/**
 * A statement, a connection or a commit failed. {@link #state()} is the SQLSTATE (PostgreSQL
 * manual, appendix A).
 */
public final class SqlFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String UNIQUE_VIOLATION = "23505";
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /**
     * Server shuts down, was killed, starts up, or has no connection left: it may answer in a
     * moment.
     */
    private static final Set<String> SERVER_UNAVAILABLE =
            Set.of("57P01", "57P02", "57P03", "57P05", "53300", "25P03");

    private final String state;
    private final boolean atCommit;

    private SqlFailure(SQLException cause, boolean atCommit) {
        super(cause.getMessage(), cause);
        this.state = cause.getSQLState() == null ? "" : cause.getSQLState();
        this.atCommit = atCommit;
    }

    public static SqlFailure of(SQLException cause) {
        return new SqlFailure(cause, false);
    }

    static SqlFailure atCommit(SQLException cause) {
        return new SqlFailure(cause, true);
    }

    public String state() {
        return state;
    }

    /**
     * The connection is gone or never came about: the statement may work when it is tried again
     * later.
     */
    public boolean isUnavailable() {
        // a pool that waited in vain for a connection reports no state
        return state.isEmpty() || state.startsWith("08") || SERVER_UNAVAILABLE.contains(state);
    }

    public boolean isUniqueViolation() {
        return state.equals(UNIQUE_VIOLATION);
    }

    /** Somebody else held a lock for longer than {@code lock_timeout}. */
    public boolean isLockTimeout() {
        return state.equals(LOCK_NOT_AVAILABLE);
    }

    /**
     * The connection broke while COMMIT was under way: whether the transaction holds is not known.
     */
    public boolean isOutcomeUnknown() {
        return atCommit && isUnavailable();
    }
}
