package org.lifeos.backup.worker.dump;

/**
 * Recognises the line {@code \.} after the last row of a COPY, while the rows go by in pieces; psql
 * accepts it with a carriage return too.
 */
final class EndOfRows {
    private static final byte[] END = {'\\', '.', '\r'};
    private static final int SHORTEST = 2;
    private static final int NOT_THE_END = -1;

    /** How many bytes of {@link #END} the current line consists of so far. */
    private int matched;

    /** The current line goes on with these bytes. */
    void continues(byte[] buffer, int from, int to) {
        for (int at = from; at < to && matched != NOT_THE_END; at++) {
            boolean matches = matched < END.length && buffer[at] == END[matched];
            matched = matches ? matched + 1 : NOT_THE_END;
        }
    }

    /** The current line holds something that the last one never holds. */
    void isARow() {
        matched = NOT_THE_END;
    }

    /** The current line is over; returns whether it was the one after the last row. */
    boolean lineEnds() {
        boolean isTheEnd = matched >= SHORTEST;
        matched = 0;
        return isTheEnd;
    }

    /**
     * Reads lines until the last one; returns the place after it, or a negative number where the
     * bytes end before.
     */
    int find(byte[] buffer, int from, int end) {
        int at = from;
        while (at < end) {
            int newline = Bytes.indexOf(buffer, (byte) '\n', at, end);
            continues(buffer, at, newline);
            if (newline < end && lineEnds()) {
                return newline + 1;
            }
            at = newline + 1;
        }
        return NOT_THE_END;
    }
}
