package org.lifeos.backup.worker.catalog;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.storage.Checksum;
import org.lifeos.backup.worker.storage.FoundDump;
import org.lifeos.backup.worker.storage.StoredSql;

/**
 * A plain dump without a manifest to be believed, read once from front to end. What it holds is
 * what could be read of it.
 *
 * @param isInUtc whether no time in it is one of another zone than UTC, in which the service reads
 *     back what it compares: only then are its hashes those of its values
 * @param damage why it is no whole dump, as half a sentence; empty when it is one
 * @param serverVersion of the server that it was taken of, where it tells
 * @param toolVersion of the pg_dump that wrote it, where it tells
 */
record ForeignDump(
        DumpFile file,
        DumpSummary content,
        boolean isInUtc,
        Optional<String> damage,
        Optional<String> serverVersion,
        Optional<String> toolVersion) {
    private static final int BUFFER = 1 << 18;

    /**
     * @param progress told how many bytes of the file are read, again and again; what it throws
     *     ends the reading
     * @throws IOException when the file itself cannot be read
     */
    static ForeignDump read(FoundDump found, LongConsumer progress) throws IOException {
        PlainDumpReader reader = new PlainDumpReader();
        DumpHeader header = new DumpHeader();
        ZoneOffsets offsets = new ZoneOffsets();
        Optional<String> damage = Optional.empty();
        String sha256 = null;
        try (StoredSql sql = new StoredSql(found.path())) {
            try {
                byte[] buffer = new byte[BUFFER];
                int length;
                while ((length = sql.read(buffer)) >= 0) {
                    progress.accept(sql.fileBytesRead());
                    header.accept(buffer, length);
                    offsets.accept(buffer, length);
                    reader.accept(buffer, 0, length);
                }
            } catch (IOException e) {
                damage = Optional.of("cannot be decompressed: " + e.getMessage());
            }
            sha256 = sql.sha256();
        } catch (IOException e) {
            damage = Optional.of("is not a gzip file: " + e.getMessage());
        }
        if (sha256 == null) {
            sha256 = Checksum.of(found.path(), () -> progress.accept(0));
        }
        DumpSummary content = reader.finish();
        if (damage.isEmpty()) {
            damage = content.incompleteReason().map(reason -> "is incomplete: " + reason);
        }
        return new ForeignDump(
                new DumpFile(found.name(), found.sizeBytes(), sha256),
                content,
                !offsets.seen(),
                damage,
                header.serverVersion(),
                header.toolVersion());
    }

    /** The tables; their hashes are null where they cannot be compared. */
    List<TableContent> tables() {
        return isInUtc
                ? content.tables()
                : content.tables().stream()
                        .map(table -> new TableContent(table.table(), table.rows(), null))
                        .toList();
    }
}
