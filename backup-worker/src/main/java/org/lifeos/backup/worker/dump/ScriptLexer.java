package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;
import static org.lifeos.backup.worker.dump.Bytes.indexOf;
import static org.lifeos.backup.worker.dump.Bytes.indexOfEither;
import static org.lifeos.backup.worker.dump.Bytes.isSpace;
import static org.lifeos.backup.worker.dump.Bytes.isWord;

import java.util.Optional;

/**
 * Cuts a psql script into its top-level items: statements, comments between statements, and psql
 * commands. It reads what psql reads (its psqlscan.l; PostgreSQL manual, 4.1 Lexical Structure), so
 * that text in a string, a function body or a comment is never taken for a statement.
 */
final class ScriptLexer {
    /** What an item is. */
    enum Kind {
        STATEMENT,
        COMMENT,
        META_COMMAND
    }

    private enum State {
        BETWEEN_ITEMS,
        PLAIN,
        DASH,
        SLASH,
        LINE_COMMENT,
        BLOCK_COMMENT,
        QUOTED_IDENTIFIER,
        STRING,
        ESCAPE_STRING,
        ESCAPED_BYTE,
        ESCAPE_STRING_END,
        DOLLAR,
        DOLLAR_BODY,
        META_COMMAND
    }

    static final int LONGEST_KEPT_ITEM_BYTES = 1 << 20;

    private static final byte[] BACKSLASH_IS_PLAIN = ascii("SET standard_conforming_strings = on;");
    private static final byte[] BACKSLASH_ESCAPES = ascii("SET standard_conforming_strings = off;");

    private final KeptText text = new KeptText(LONGEST_KEPT_ITEM_BYTES);
    private final Nesting nesting = new Nesting();
    private final DollarQuote dollarQuote = new DollarQuote();
    private State state = State.BETWEEN_ITEMS;
    private boolean itemEnded;
    private Kind kind = Kind.COMMENT;
    private boolean lineStart = true;
    private boolean itemStartsLine;
    private String unsafeInside;
    private final PsqlVariable variable = new PsqlVariable();
    private boolean stringsEscape;
    private long commentDepth;
    private byte commentPrevious;
    private int pieceStart;

    /**
     * Reads until an item ends ({@link #itemEnded}), at most to {@code end}; returns where it
     * stopped. {@link #kind}, {@link #text} and {@link #itemStartsLine} then tell of that item.
     */
    int read(byte[] buffer, int from, int end) {
        itemEnded = false;
        int start = state == State.BETWEEN_ITEMS ? skipSpace(buffer, from, end) : from;
        int at = start;
        while (at < end && !itemEnded) {
            at = step(buffer, at, variable.isOpen() ? variableContinues(buffer, at) : end);
        }
        text.append(buffer, start, at);
        pieceStart = start;
        if (itemEnded && kind == Kind.STATEMENT) {
            readStringSetting();
        }
        return at;
    }

    boolean itemEnded() {
        return itemEnded;
    }

    /** Whether the script stops here in the middle of a statement, comment or command. */
    boolean insideItem() {
        return state != State.BETWEEN_ITEMS;
    }

    Kind kind() {
        return kind;
    }

    /** The item's text with its semicolon or newline, as far as it is kept. */
    KeptText text() {
        return text;
    }

    /** Where in the last buffer read the item's bytes began: from there on they are its own. */
    int pieceStart() {
        return pieceStart;
    }

    boolean itemStartsLine() {
        return itemStartsLine;
    }

    /**
     * What the statement being read holds in the open that psql does not send to the server as it
     * stands, or that its versions read in different ways, as a noun for people: a backslash, where
     * psql begins a command, for example. Empty where there is no such thing.
     */
    Optional<String> unsafeInside() {
        return Optional.ofNullable(unsafeInside);
    }

    /** Says that bytes went by which are no part of the script, and that they ended a line. */
    void skippedLines() {
        lineStart = true;
    }

    private int skipSpace(byte[] buffer, int from, int end) {
        int at = from;
        while (at < end && isSpace(buffer[at])) {
            lineStart = isNewline(buffer[at]);
            at++;
        }
        if (at < end) {
            beginItem(buffer[at]);
        }
        return at;
    }

    private void beginItem(byte first) {
        boolean command = first == '\\';
        state = command ? State.META_COMMAND : State.PLAIN;
        // Until a byte of a statement is seen, it may still be a comment.
        kind = command ? Kind.META_COMMAND : Kind.COMMENT;
        itemStartsLine = lineStart;
        unsafeInside = null;
        text.clear();
        nesting.beginStatement();
    }

    private void endItem(boolean endsLine) {
        state = State.BETWEEN_ITEMS;
        itemEnded = true;
        lineStart = endsLine;
    }

    /** Byte by byte, because the statement may end before the name of the variable is whole. */
    private int variableContinues(byte[] buffer, int at) {
        if (variable.endsBefore(buffer[at])) {
            unsafeInside = "a variable of psql";
        }
        return at + 1;
    }

    private int step(byte[] buffer, int at, int end) {
        return switch (state) {
            case PLAIN -> plain(buffer, at, end);
            case DASH -> dash(buffer, at);
            case SLASH -> slash(buffer, at);
            case LINE_COMMENT -> lineComment(buffer, at, end);
            case BLOCK_COMMENT -> blockComment(buffer, at, end);
            case QUOTED_IDENTIFIER -> quoted(buffer, (byte) '"', at, end);
            case STRING -> quoted(buffer, (byte) '\'', at, end);
            case ESCAPE_STRING -> escapeString(buffer, at, end);
            case ESCAPED_BYTE -> become(State.ESCAPE_STRING, at + 1);
            case ESCAPE_STRING_END -> escapeStringEnd(buffer, at);
            case DOLLAR -> dollar(buffer, at);
            case DOLLAR_BODY -> dollarBody(buffer, at, end);
            case META_COMMAND -> metaCommand(buffer, at, end);
            case BETWEEN_ITEMS -> throw new IllegalStateException("no item is open");
        };
    }

    private int become(State next, int at) {
        state = next;
        return at;
    }

    private int plain(byte[] buffer, int from, int end) {
        for (int at = from; at < end; at++) {
            byte b = buffer[at];
            if (isWord(b) || b == '$' && nesting.insideIdentifier()) {
                kind = Kind.STATEMENT;
                nesting.word(b);
            } else {
                symbol(b);
                if (state != State.PLAIN || variable.isOpen()) {
                    return at + 1;
                }
            }
        }
        return end;
    }

    private void symbol(byte b) {
        boolean escapes =
                nesting.afterEscapePrefix() || stringsEscape && !nesting.afterPlainPrefix();
        if (nesting.insideNumber() && (b == '\'' || b == '$')) {
            unsafeInside = "a number that a quote follows without a space";
        }
        nesting.endWord(b);
        switch (b) {
            case '-' -> state = State.DASH;
            case '/' -> state = State.SLASH;
            case '\'' -> beginToken(escapes ? State.ESCAPE_STRING : State.STRING);
            case '"' -> beginToken(State.QUOTED_IDENTIFIER);
            case '$' -> {
                beginToken(State.DOLLAR);
                dollarQuote.beginTag();
            }
            case '(', ')' -> {
                beginToken(State.PLAIN);
                nesting.parenthesis(b);
            }
            case '\\' -> {
                beginToken(State.PLAIN);
                unsafeInside = "a psql command inside a statement";
            }
            case ':' -> {
                beginToken(State.PLAIN);
                variable.colon();
            }
            case ';' -> {
                beginToken(State.PLAIN);
                if (nesting.isOutermost()) {
                    endItem(false);
                }
            }
            default -> {
                if (!isSpace(b)) {
                    beginToken(State.PLAIN);
                }
            }
        }
    }

    private void beginToken(State next) {
        state = next;
        kind = Kind.STATEMENT;
        nesting.otherToken();
    }

    private int dash(byte[] buffer, int at) {
        if (buffer[at] == '-') {
            return become(State.LINE_COMMENT, at + 1);
        }
        beginToken(State.PLAIN);
        return at;
    }

    private int slash(byte[] buffer, int at) {
        if (buffer[at] == '*') {
            commentDepth = 1;
            commentPrevious = 0;
            return become(State.BLOCK_COMMENT, at + 1);
        }
        beginToken(State.PLAIN);
        return at;
    }

    private int lineComment(byte[] buffer, int from, int end) {
        int at = indexOfEither(buffer, (byte) '\n', (byte) '\r', from, end);
        if (at == end) {
            return end;
        }
        endComment(true);
        return at + 1;
    }

    private int blockComment(byte[] buffer, int from, int end) {
        for (int at = from; at < end; at++) {
            byte b = buffer[at];
            boolean opens = commentPrevious == '/' && b == '*';
            boolean closes = commentPrevious == '*' && b == '/';
            commentPrevious = opens || closes ? 0 : b;
            commentDepth += opens ? 1 : closes ? -1 : 0;
            if (commentDepth == 0) {
                endComment(false);
                return at + 1;
            }
        }
        return end;
    }

    private void endComment(boolean endsLine) {
        state = State.PLAIN;
        if (kind == Kind.COMMENT) {
            endItem(endsLine);
        }
    }

    /** A doubled quote needs no rule here: it closes, and opens the same kind again. */
    private int quoted(byte[] buffer, byte quote, int from, int end) {
        int at = indexOf(buffer, quote, from, end);
        return at == end ? end : become(State.PLAIN, at + 1);
    }

    private int escapeString(byte[] buffer, int from, int end) {
        int at = indexOfEither(buffer, (byte) '\'', (byte) '\\', from, end);
        if (at == end) {
            return end;
        }
        return become(buffer[at] == '\\' ? State.ESCAPED_BYTE : State.ESCAPE_STRING_END, at + 1);
    }

    /**
     * A quote that follows directly, or after a line break, continues the string and its escapes
     * (4.1.2.1); after other space SQL allows none, so line breaks need not be told apart.
     */
    private int escapeStringEnd(byte[] buffer, int at) {
        if (buffer[at] == '\'') {
            return become(State.ESCAPE_STRING, at + 1);
        }
        return isSpace(buffer[at]) ? at + 1 : become(State.PLAIN, at);
    }

    private int dollar(byte[] buffer, int at) {
        byte b = buffer[at];
        if (b == '$') {
            dollarQuote.endTag();
            nesting.dropWord();
            return become(State.DOLLAR_BODY, at + 1);
        }
        if (dollarQuote.extendTag(b)) {
            nesting.word(b); // It is one if no second dollar sign comes.
            return at + 1;
        }
        return become(State.PLAIN, at);
    }

    private int dollarBody(byte[] buffer, int from, int end) {
        int at = dollarQuote.read(buffer, from, end);
        return dollarQuote.closed() ? become(State.PLAIN, at) : at;
    }

    private int metaCommand(byte[] buffer, int from, int end) {
        int at = indexOf(buffer, (byte) '\n', from, end);
        if (at == end) {
            return end;
        }
        endItem(true);
        return at + 1;
    }

    private void readStringSetting() {
        if (text.is(BACKSLASH_ESCAPES)) {
            stringsEscape = true;
        } else if (text.is(BACKSLASH_IS_PLAIN)) {
            stringsEscape = false;
        }
    }

    private static boolean isNewline(byte b) {
        return b == '\n' || b == '\r';
    }
}
