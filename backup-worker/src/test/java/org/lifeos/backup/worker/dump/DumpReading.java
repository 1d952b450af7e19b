package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Feeds dumps to the reader in pieces of a chosen size. */
final class DumpReading {
    private DumpReading() {}

    static DumpSummary read(String dump) {
        return read(dump.getBytes(UTF_8));
    }

    static DumpSummary read(byte[] dump) {
        return readInPieces(dump, dump.length);
    }

    static DumpSummary readInPieces(byte[] dump, int pieceBytes) {
        PlainDumpReader reader = new PlainDumpReader();
        for (int at = 0; at < dump.length; at += pieceBytes) {
            reader.accept(dump, at, Math.min(pieceBytes, dump.length - at));
        }
        return reader.finish();
    }

    /** Every piece comes in the same buffer, as from a pipe, so a kept reference would be found. */
    static DumpSummary readInRandomPieces(byte[] dump, Random random) {
        PlainDumpReader reader = new PlainDumpReader();
        byte[] buffer = new byte[64];
        int at = 0;
        while (at < dump.length) {
            int length = Math.min(random.nextInt(20), dump.length - at);
            int offset = random.nextInt(buffer.length - length);
            System.arraycopy(dump, at, buffer, offset, length);
            reader.accept(buffer, offset, length);
            at += length;
        }
        return reader.finish();
    }

    static Map.Entry<String, Long> table(String name, long rows) {
        return Map.entry(name, rows);
    }

    /** How many rows of each table the dump holds, in its order. */
    static Map<String, Long> rows(DumpSummary summary) {
        Map<String, Long> rows = new LinkedHashMap<>();
        summary.tables().forEach(table -> rows.put(table.table(), table.rows()));
        return rows;
    }
}
