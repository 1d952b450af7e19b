package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;
import static org.lifeos.backup.worker.dump.Bytes.isSpace;
import static org.lifeos.backup.worker.dump.Bytes.isWord;

/**
 * The hash of a statement of any length, of what it says more than of how it is written. Of a
 * definition that went through a restore, pg_dump may write another text than before; therefore
 *
 * <ul>
 *   <li>parentheses and white space outside of quotes do not count: {@code ((a AND b) AND c)} comes
 *       back as {@code (a AND b AND c)};
 *   <li>casts do not count: {@code (ARRAY['x'::character varying])::text[]} comes back as {@code
 *       ARRAY[('x'::character varying)::text]};
 *   <li>the columns and constraints of CREATE TABLE have no order, nor have the words of CREATE
 *       STATISTICS and ALTER PUBLICATION: they follow the columns of an inheriting table.
 * </ul>
 *
 * <p>Strings, quoted names and dollar-quoted bodies count byte for byte.
 */
final class StatementHash {
    private enum State {
        PLAIN,
        STRING,
        IDENTIFIER,
        DOLLAR,
        DOLLAR_BODY
    }

    /** Which parts of a statement have no order. */
    private enum Parts {
        UNDECIDED,
        ONE,
        TABLE_ELEMENTS,
        WORDS
    }

    private static final byte[][] TABLES = {
        ascii("CREATE TABLE "), ascii("CREATE UNLOGGED TABLE "), ascii("CREATE FOREIGN TABLE ")
    };
    private static final byte[][] LISTS = {
        ascii("CREATE STATISTICS "), ascii("ALTER PUBLICATION ")
    };
    private static final int BEGINNING = 22;
    private static final int OUTPUT = 1 << 12;
    private static final long KEY = 0x5851f42d4c957f2dL;

    private final DollarQuote dollarQuote = new DollarQuote();
    private final StreamHash part = new StreamHash();
    private final HashSum parts = new HashSum();
    private final CastReader cast = new CastReader();
    private final CastReader.Output noCast = this::write;
    private final KeptText beginning = new KeptText(BEGINNING);
    private final byte[] output = new byte[OUTPUT];
    private int outputLength;
    private Parts split;
    private State state;
    private byte previous;
    private byte written;
    private boolean gap;
    private long depth;
    private boolean elementsEnded;
    private boolean partEmpty;

    StatementHash() {
        begin();
    }

    void begin() {
        parts.clear();
        beginning.clear();
        split = Parts.UNDECIDED;
        state = State.PLAIN;
        previous = 0;
        depth = 0;
        elementsEnded = false;
        cast.begin();
        beginPart();
    }

    private void beginPart() {
        part.begin(KEY, ~KEY);
        outputLength = 0;
        written = 0;
        gap = false;
        partEmpty = true;
    }

    /** The next piece of the statement. */
    void update(byte[] buffer, int from, int to) {
        int at = from;
        if (split == Parts.UNDECIDED) {
            int count = Math.min(BEGINNING - beginning.length(), to - at);
            beginning.append(buffer, at, at + count);
            at += count;
            if (beginning.length() < BEGINNING) {
                return;
            }
            decide();
        }
        read(buffer, at, to);
    }

    /** Adds what the statement amounts to. */
    void finishInto(HashSum statements) {
        if (split == Parts.UNDECIDED) {
            decide();
        }
        cast.finish(noCast);
        endPart();
        statements.addMixed(parts);
    }

    private void decide() {
        split = startsWith(TABLES) ? Parts.TABLE_ELEMENTS : Parts.ONE;
        split = startsWith(LISTS) ? Parts.WORDS : split;
        byte[] text = beginning.copy();
        read(text, 0, text.length);
    }

    private boolean startsWith(byte[]... words) {
        for (byte[] word : words) {
            if (beginning.startsWith(word)) {
                return true;
            }
        }
        return false;
    }

    private void read(byte[] buffer, int from, int to) {
        int at = from;
        while (at < to) {
            switch (state) {
                case PLAIN -> plain(buffer[at++]);
                case STRING -> at = quoted(buffer, (byte) '\'', at, to);
                case IDENTIFIER -> at = quoted(buffer, (byte) '"', at, to);
                case DOLLAR -> dollar(buffer[at++]);
                case DOLLAR_BODY -> at = dollarBody(buffer, at, to);
            }
        }
    }

    private void plain(byte b) {
        byte before = previous;
        previous = b;
        if (cast.accept(b, noCast)) {
            gap = true;
            return;
        }
        switch (b) {
            case '\'' -> state = State.STRING;
            case '"' -> state = State.IDENTIFIER;
            case '$' -> {
                if (!isWord(before) && before != '$') {
                    state = State.DOLLAR;
                    dollarQuote.beginTag();
                }
            }
            default -> {}
        }
        if (b == '(' || b == ')') {
            parenthesis(b);
        } else if (b == ',' && split == Parts.TABLE_ELEMENTS && depth == 1 && !elementsEnded) {
            endPart();
        } else if (isSpace(b) || b == ',' && split == Parts.WORDS) {
            separate();
        } else {
            write(b);
        }
    }

    private void parenthesis(byte b) {
        boolean opens = b == '(';
        depth += opens ? 1 : -1;
        if (split == Parts.TABLE_ELEMENTS && !elementsEnded && depth == (opens ? 1 : 0)) {
            endPart();
            elementsEnded = !opens;
        } else {
            separate();
        }
    }

    private void separate() {
        gap = true;
        if (split == Parts.WORDS) {
            endPart();
        }
    }

    private int quoted(byte[] buffer, byte quote, int from, int to) {
        int at = Bytes.indexOf(buffer, quote, from, to);
        int end = at == to ? to : at + 1;
        writeAll(buffer, from, end);
        if (at < to) {
            state = State.PLAIN;
            previous = quote;
        }
        return end;
    }

    private void dollar(byte b) {
        previous = b;
        if (b == '$') {
            dollarQuote.endTag();
            state = State.DOLLAR_BODY;
            write(b);
        } else if (dollarQuote.extendTag(b)) {
            write(b);
        } else {
            state = State.PLAIN;
            plain(b);
        }
    }

    private int dollarBody(byte[] buffer, int from, int to) {
        int at = dollarQuote.read(buffer, from, to);
        writeAll(buffer, from, at);
        if (dollarQuote.closed()) {
            state = State.PLAIN;
            previous = '$';
        }
        return at;
    }

    /** A space counts only where two words would become one without it. */
    private void write(byte b) {
        if (gap && isWord(written) && isWord(b)) {
            put((byte) ' ');
        }
        put(b);
        gap = false;
    }

    private void put(byte b) {
        if (outputLength == OUTPUT) {
            flush();
        }
        output[outputLength++] = b;
        written = b;
        partEmpty = false;
    }

    private void writeAll(byte[] buffer, int from, int to) {
        if (from < to) {
            flush();
            part.update(buffer, from, to);
            written = buffer[to - 1];
            partEmpty = false;
        }
    }

    private void flush() {
        part.update(output, 0, outputLength);
        outputLength = 0;
    }

    private void endPart() {
        if (!partEmpty) {
            flush();
            parts.add(part.finish());
        }
        beginPart();
    }
}
