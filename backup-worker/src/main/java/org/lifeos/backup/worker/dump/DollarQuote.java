package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.indexOf;
import static org.lifeos.backup.worker.dump.Bytes.isDigit;
import static org.lifeos.backup.worker.dump.Bytes.isWord;

/**
 * A string between two equal delimiters {@code $tag$} (PostgreSQL manual, 4.1.2.4). One whose tag
 * is too long to keep never closes here, so that its dump counts as incomplete.
 */
final class DollarQuote {
    private static final int LONGEST_DELIMITER_BYTES = 1 << 16;

    private final KeptText delimiter = new KeptText(LONGEST_DELIMITER_BYTES);
    private int matched;
    private boolean closed;

    void beginTag() {
        delimiter.clear();
        delimiter.append((byte) '$');
    }

    /** Takes the byte into the tag; false, and not taken, where no tag can have it. */
    boolean extendTag(byte b) {
        boolean first = delimiter.length() == 1;
        if (!isWord(b) || first && isDigit(b)) {
            return false;
        }
        delimiter.append(b);
        return true;
    }

    void endTag() {
        delimiter.append((byte) '$');
        matched = 0;
        closed = false;
    }

    /**
     * Reads until the string is {@link #closed}, at most to {@code end}; returns where it stopped.
     */
    int read(byte[] buffer, int from, int end) {
        int at = from;
        while (at < end && !closed) {
            if (matched == 0) {
                at = indexOf(buffer, (byte) '$', at, end);
                if (at == end) {
                    return end;
                }
            }
            match(buffer[at]);
            at++;
        }
        return at;
    }

    /** Only a dollar sign can begin a delimiter, so a mismatch need not look back further. */
    private void match(byte b) {
        if (b != delimiter.at(matched)) {
            matched = b == '$' ? 1 : 0;
        } else if (++matched == delimiter.length()) {
            matched = 0;
            closed = !delimiter.cut();
        }
    }

    boolean closed() {
        return closed;
    }
}
