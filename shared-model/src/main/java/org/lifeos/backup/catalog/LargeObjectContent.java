package org.lifeos.backup.catalog;

/**
 * What a dump holds of large objects.
 *
 * @param bytes of all of them together
 * @param hash of their numbers and bytes in any order, 32 hex digits
 */
public record LargeObjectContent(long count, long bytes, String hash) {}
