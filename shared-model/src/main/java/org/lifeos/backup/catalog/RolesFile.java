package org.lifeos.backup.catalog;

/**
 * The server's roles as of the dump, beside it.
 *
 * @param passwords whether the file holds password hashes; they need a superuser to be read
 * @param sha256 of its bytes, 64 hex digits; null in manifests from before it was taken
 */
public record RolesFile(String name, boolean passwords, String sha256) {}
