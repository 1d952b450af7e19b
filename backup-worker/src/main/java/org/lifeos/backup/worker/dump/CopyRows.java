package org.lifeos.backup.worker.dump;

/**
 * The data lines of one {@code COPY … FROM stdin}: in the text format a row is one line, because a
 * newline inside a value is written as {@code \n} (PostgreSQL manual, COPY, File Formats).
 */
final class CopyRows {
    /** The line after the last row; psql accepts it without the carriage return too. */
    private static final byte[] END = {'\\', '.', '\r'};

    private static final int SHORTEST_END = 2;
    private static final int NOT_THE_END = -1;

    private final String table;
    private long rows;
    private boolean ended;

    /** How many bytes of {@link #END} the current line consists of so far. */
    private int endBytes;

    CopyRows(String table) {
        this.table = table;
    }

    /**
     * Reads until the line after the last row, at most to {@code end}; returns where it stopped.
     */
    int read(byte[] buffer, int from, int end) {
        int at = from;
        while (at < end && !ended) {
            int newline = Bytes.indexOf(buffer, (byte) '\n', at, end);
            lineContinues(buffer, at, newline);
            if (newline == end) {
                return end;
            }
            lineEnds();
            at = newline + 1;
        }
        return at;
    }

    private void lineContinues(byte[] buffer, int from, int to) {
        for (int at = from; at < to && endBytes != NOT_THE_END; at++) {
            boolean matches = endBytes < END.length && buffer[at] == END[endBytes];
            endBytes = matches ? endBytes + 1 : NOT_THE_END;
        }
    }

    private void lineEnds() {
        if (endBytes >= SHORTEST_END) {
            ended = true;
        } else {
            rows++;
        }
        endBytes = 0;
    }

    String table() {
        return table;
    }

    /** Rows read so far; one that is cut off by the end of the stream does not count. */
    long rows() {
        return rows;
    }

    boolean ended() {
        return ended;
    }
}
