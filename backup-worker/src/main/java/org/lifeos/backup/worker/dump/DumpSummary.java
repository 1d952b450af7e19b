package org.lifeos.backup.worker.dump;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.lifeos.backup.catalog.ContentFingerprint;
import org.lifeos.backup.catalog.TableContent;

/**
 * What {@link PlainDumpReader} saw of a dump.
 *
 * @param bytes of uncompressed dump text
 * @param tables every table with a {@code COPY}, in the order of the dump; where rows are INSERTs,
 *     as others may have dumped them, every table that has rows, without a hash
 * @param fingerprint what the dump holds beside the rows
 * @param objects the hash of each object of the schema by its name for people, for example {@code
 *     index public.images_idx}; the fingerprint holds them as one
 * @param roles that it speaks of, without quotes
 * @param incompleteReason why this is no whole dump, as half a sentence for people; empty when it
 *     is one
 */
public record DumpSummary(
        long bytes,
        List<TableContent> tables,
        ContentFingerprint fingerprint,
        SortedMap<String, String> objects,
        Set<String> roles,
        Optional<String> incompleteReason) {

    public DumpSummary {
        tables = List.copyOf(tables);
        roles = Set.copyOf(roles);
        objects = Collections.unmodifiableSortedMap(new TreeMap<>(objects));
    }

    /** The same with the rows of other tables, which were left out of the dump. */
    public DumpSummary withRowsOf(List<TableContent> others) {
        return new DumpSummary(
                bytes,
                Stream.concat(tables.stream(), others.stream()).toList(),
                fingerprint,
                objects,
                roles,
                incompleteReason);
    }

    /** Whether the dump is whole: only then does it say what was in the database. */
    public boolean complete() {
        return incompleteReason.isEmpty();
    }
}
