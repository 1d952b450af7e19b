package org.lifeos.backup.catalog;

import java.util.List;

/**
 * What a dump holds beside the rows of its tables, short enough for a manifest; together with the
 * hashes of the {@link TableContent}s it tells whether a restored database is the one that was
 * dumped. {@code docs/verification.md} says what is hashed and how.
 *
 * @param version of the way in which all hashes of the manifest are made; only hashes of one
 *     version can be compared
 * @param sequences in the order of the dump
 * @param schemaHash of all definitions, owners and privileges in any order, 32 hex digits; only
 *     comparable where the same major version of pg_dump wrote both dumps
 */
public record ContentFingerprint(
        int version,
        List<SequenceContent> sequences,
        LargeObjectContent largeObjects,
        String schemaHash) {

    /** The way in which this program makes hashes. */
    public static final int VERSION = 1;

    public ContentFingerprint {
        sequences = List.copyOf(sequences);
    }
}
