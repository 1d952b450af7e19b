package org.lifeos.backup.worker.dump;

import java.util.List;

/**
 * The data lines of one {@code COPY … FROM stdin}: in the text format a row is one line and a tab
 * stands between two values, because a newline or tab inside a value is written as {@code \n} or
 * {@code \t} (PostgreSQL manual, COPY, File Formats).
 */
final class CopyRows {
    private final String table;
    private final TableHash hash;
    private long rows;
    private final EndOfRows end = new EndOfRows();
    private boolean ended;

    CopyRows(String table, List<byte[]> columns) {
        this.table = table;
        this.hash = new TableHash(columns);
    }

    /** Reads until the line after the last row, at most to {@code to}; returns where it stopped. */
    int read(byte[] buffer, int from, int to) {
        int at = from;
        while (at < to && !ended) {
            int stop = Bytes.indexOfEither(buffer, (byte) '\t', (byte) '\n', at, to);
            end.continues(buffer, at, stop);
            if (stop == to) {
                hash.valueContinues(buffer, at, to);
                return to;
            }
            if (buffer[stop] == '\t') {
                hash.valueEnds(buffer, at, stop);
                end.isARow();
            } else {
                lineEnds(buffer, at, stop);
            }
            at = stop + 1;
        }
        return at;
    }

    private void lineEnds(byte[] buffer, int from, int to) {
        if (end.lineEnds()) {
            ended = true;
            hash.dropRow();
        } else {
            if (from < to || !hash.isRowWithoutColumns()) {
                hash.valueEnds(buffer, from, to);
            }
            hash.rowEnds();
            rows++;
        }
    }

    String table() {
        return table;
    }

    /** Rows read so far; one that is cut off by the end of the stream does not count. */
    long rows() {
        return rows;
    }

    /** The hashes of the rows that count. */
    HashSum hashes() {
        return hash.rows();
    }

    boolean ended() {
        return ended;
    }
}
