package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;
import static org.lifeos.backup.worker.dump.Bytes.isSpace;
import static org.lifeos.backup.worker.dump.Bytes.isWord;

/**
 * Counts the rows of an INSERT while it flows by, however long it is, in the forms that {@code
 * pg_dump --inserts}, {@code --column-inserts} and {@code --rows-per-insert} write: {@code INSERT
 * INTO table [(columns)] [OVERRIDING SYSTEM VALUE] VALUES (…), (…)} or {@code DEFAULT VALUES}.
 */
final class InsertRows {
    private static final byte[] BEGIN = ascii("INSERT INTO ");
    private static final byte[] VALUES = ascii("VALUES");

    private int beginMatched;
    private boolean isInsert;
    private byte quote;
    private long depth;
    private int word;
    private boolean isValues;
    private boolean valuesSeen;
    private long rows;

    /** What comes next is another statement. */
    void begin() {
        beginMatched = 0;
        isInsert = true;
        quote = 0;
        depth = 0;
        word = 0;
        valuesSeen = false;
        rows = 0;
    }

    InsertRows() {
        begin();
    }

    /** The next piece of the statement. */
    void update(byte[] buffer, int from, int to) {
        for (int at = from; at < to && isInsert; at++) {
            if (beginMatched < BEGIN.length) {
                isInsert = buffer[at] == BEGIN[beginMatched++];
            } else {
                take(buffer[at]);
            }
        }
    }

    /** A doubled quote closes and opens again; pg_dump writes no other within a string. */
    private void take(byte b) {
        if (quote != 0) {
            quote = b == quote ? 0 : quote;
            return;
        }
        if (isWord(b)) {
            isValues = (word == 0 || isValues) && word < VALUES.length && b == VALUES[word];
            word++;
            return;
        }
        valuesSeen |= depth == 0 && isValues && word == VALUES.length;
        word = 0;
        switch (b) {
            case '\'', '"' -> quote = b;
            case '(' -> {
                if (depth++ == 0 && valuesSeen) {
                    rows++;
                }
            }
            case ')' -> depth--;
            case ';' -> rows = valuesSeen && rows == 0 ? 1 : rows;
            default -> {}
        }
    }

    /** How many rows the statement adds, after its semicolon; 0 where it is none of the forms. */
    long count() {
        return isInsert && beginMatched == BEGIN.length ? rows : 0;
    }

    /** The qualified name of the table, as it stands in a statement that has a {@link #count}. */
    static String table(KeptText statement) {
        int end = BEGIN.length;
        boolean quoted = false;
        while (end < statement.length()) {
            byte b = statement.at(end);
            quoted ^= b == '"';
            if (!quoted && (isSpace(b) || b == '(')) {
                break;
            }
            end++;
        }
        return statement.substring(BEGIN.length, end);
    }
}
