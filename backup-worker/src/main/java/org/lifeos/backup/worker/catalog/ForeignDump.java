package org.lifeos.backup.worker.catalog;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.restore.DumpText;
import org.lifeos.backup.worker.storage.Checksum;
import org.lifeos.backup.worker.storage.FoundDump;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.storage.StoredSql;
import org.lifeos.backup.worker.tool.PostgresTools;

/**
 * A dump without a manifest to be believed, read once from front to end. What it holds is what
 * could be read of it.
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
        return new ForeignDump(
                new DumpFile(found.name(), found.sizeBytes(), sha256),
                reader,
                offsets,
                header,
                damage);
    }

    /**
     * An archive, as the script that pg_restore makes of it.
     *
     * @throws ProblemException when pg_restore is missing, too old or killed
     * @throws IOException when the file itself cannot be read
     */
    static ForeignDump archive(Attempt attempt, FoundDump found) throws IOException {
        DumpFile file =
                new DumpFile(
                        found.name(),
                        found.sizeBytes(),
                        Checksum.of(found.path(), attempt::checkpoint));
        StoredDump stored = StoredDump.withoutRoles(found.path(), file);
        PlainDumpReader reader = new PlainDumpReader();
        DumpHeader header = new DumpHeader();
        ZoneOffsets offsets = new ZoneOffsets();
        Optional<String> damage = Optional.empty();
        try (DumpText text = DumpText.open(attempt, PostgresTools.newest(), stored)) {
            byte[] buffer = new byte[BUFFER];
            int length;
            while ((length = text.read(buffer)) >= 0) {
                attempt.checkpoint();
                attempt.progress(text.progress("read"));
                header.accept(buffer, length);
                offsets.accept(buffer, length);
                reader.accept(buffer, 0, length);
            }
            text.requireGoodEnd();
        } catch (ProblemException e) {
            if (e.code() != ProblemCode.BACKUP_CORRUPT) {
                throw e;
            }
            damage = Optional.of("is no archive that pg_restore can read: " + e.detail());
        }
        return new ForeignDump(file, reader, offsets, header, damage);
    }

    private ForeignDump(
            DumpFile file,
            PlainDumpReader reader,
            ZoneOffsets offsets,
            DumpHeader header,
            Optional<String> damage) {
        DumpSummary content = reader.finish();
        this(
                file,
                content,
                !offsets.seen(),
                damage.or(
                        () -> content.incompleteReason().map(reason -> "is incomplete: " + reason)),
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
