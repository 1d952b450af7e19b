package org.lifeos.backup.catalog;

/**
 * What a dump holds of one table.
 *
 * @param table the qualified name as SQL text, for example {@code public.characters} or {@code
 *     public."Odd Name"}
 * @param rows the number of rows in the dump's snapshot
 * @param hash of the rows, whatever the order of rows and columns, 32 hex digits; null where it was
 *     not taken
 */
public record TableContent(String table, long rows, String hash) {}
