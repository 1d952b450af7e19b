package org.lifeos.backup.catalog;

/**
 * A published dump.
 *
 * @param name path under {@code LIFEOS_HOME/backups/postgres}: a plain name, or {@code safety/NAME}
 * @param sha256 of the file's bytes, 64 hex digits
 */
public record DumpFile(String name, long sizeBytes, String sha256) {}
