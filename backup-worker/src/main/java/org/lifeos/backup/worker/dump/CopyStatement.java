package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Recognises the one form of {@code COPY} that pg_dump writes. */
final class CopyStatement {
    private static final byte[] BEGIN = ascii("COPY ");
    private static final byte[] END = ascii(" FROM stdin;");

    /** More than two quoted identifiers with every byte doubled; longer is no table's name. */
    private static final int LONGEST_NAME_BYTES = 4096;

    private CopyStatement() {}

    /** Whether the statement is any {@code COPY}, in pg_dump's form or not. */
    static boolean isCopy(KeptText statement) {
        int word = BEGIN.length - 1;
        for (int at = 0; at < word; at++) {
            if (at == statement.length() || (statement.at(at) & ~0x20) != BEGIN[at]) {
                return false;
            }
        }
        return statement.length() == word || !Bytes.isWord(statement.at(word));
    }

    /**
     * The qualified table name, as it stands in {@code COPY schema.table (columns) FROM stdin;}
     * with the quotes it has there; empty for a statement of another form.
     */
    static Optional<String> table(KeptText statement) {
        if (!statement.startsWith(BEGIN) || !statement.endsWith(END)) {
            return Optional.empty();
        }
        int end = endOfName(statement);
        boolean named = end > BEGIN.length && end - BEGIN.length <= LONGEST_NAME_BYTES;
        return named ? Optional.of(statement.substring(BEGIN.length, end)) : Optional.empty();
    }

    /**
     * The names of the columns, without quotes, in the order of the values; none for a table
     * without columns.
     */
    static List<byte[]> columns(KeptText statement) {
        List<byte[]> columns = new ArrayList<>();
        int at = endOfName(statement);
        int end = statement.length() - END.length;
        while (at < end && statement.at(at) != '(') {
            at++;
        }
        ByteArrayOutputStream name = new ByteArrayOutputStream();
        boolean quoted = false;
        for (at++; at < end; at++) {
            byte b = statement.at(at);
            if (b == '"') {
                boolean doubled = !quoted && statement.at(at - 1) == '"';
                quoted = !quoted;
                if (doubled) {
                    name.write(b);
                }
            } else if (!quoted && (b == ',' || b == ')')) {
                columns.add(name.toByteArray());
                name.reset();
            } else if (quoted || !Bytes.isSpace(b)) {
                name.write(b);
            }
        }
        return columns;
    }

    private static int endOfName(KeptText statement) {
        boolean quoted = false;
        int at = BEGIN.length;
        while (at < statement.length()) {
            byte b = statement.at(at);
            if (b == '"') {
                quoted = !quoted;
            } else if (!quoted && (b == '(' || Bytes.isSpace(b))) {
                break;
            }
            at++;
        }
        return at;
    }
}
