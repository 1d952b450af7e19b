package org.lifeos.backup.worker.target;

/**
 * A database that is backed up, and how to reach it.
 *
 * @param name as callers write it
 * @param password null where the server asks for none
 */
public record Target(
        String name, String host, int port, String database, String user, String password) {

    /** Another database on the same server, reached in the same way. */
    public Target inDatabase(String other) {
        return new Target(name, host, port, other, user, password);
    }

    @Override
    public String toString() {
        return "target %s (database %s on %s:%d as %s)".formatted(name, database, host, port, user);
    }
}
