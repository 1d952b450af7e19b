package org.lifeos.backup.catalog;

/**
 * The server's roles as of the dump, beside it.
 *
 * @param passwords whether the file holds password hashes; they need a superuser to be read
 */
public record RolesFile(String name, boolean passwords) {}
