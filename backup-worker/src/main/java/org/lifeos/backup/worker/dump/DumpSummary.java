package org.lifeos.backup.worker.dump;

import java.util.List;
import java.util.Optional;
import org.lifeos.backup.catalog.TableContent;

/**
 * What {@link PlainDumpReader} saw of a dump.
 *
 * @param bytes of uncompressed dump text
 * @param tables every table with a {@code COPY}, in the order of the dump; hashes are not taken
 * @param incompleteReason why this is no whole dump, as half a sentence for people; empty when it
 *     is one
 */
public record DumpSummary(
        long bytes, List<TableContent> tables, Optional<String> incompleteReason) {

    public DumpSummary {
        tables = List.copyOf(tables);
    }

    /** Whether the dump is whole: only then do the row counts say what was in the database. */
    public boolean complete() {
        return incompleteReason.isEmpty();
    }
}
