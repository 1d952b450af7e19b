package org.lifeos.backup.catalog;

/**
 * The database that a dump was taken of.
 *
 * @param sizeBytes its size on the server's disk; null for a dump that somebody else made
 */
public record DumpedDatabase(String name, String serverVersion, Long sizeBytes) {}
