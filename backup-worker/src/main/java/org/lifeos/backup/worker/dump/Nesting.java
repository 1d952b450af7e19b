package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;
import static org.lifeos.backup.worker.dump.Bytes.isDigit;

/**
 * How deep a statement is nested, because only a semicolon at its outermost level ends it.
 *
 * <p>Two things hold semicolons in the open: the parentheses of a rule's actions (CREATE RULE), and
 * the body {@code BEGIN ATOMIC … END} of a function or procedure (CREATE FUNCTION, sql_body), where
 * they end nothing until the END that is not a CASE's. BEGIN counts only in a CREATE, outside
 * parentheses and directly before ATOMIC, because it may also name things; CASE and END are
 * reserved words, which pg_dump quotes as names. Should a body's end ever be missed, the rest of
 * the script is one unfinished statement: nothing in it is taken for a COPY, and the dump counts as
 * incomplete.
 */
final class Nesting {
    private static final long ATOMIC = packed("atomic");
    private static final long BEGIN = packed("begin");
    private static final long CASE = packed("case");
    private static final long CREATE = packed("create");
    private static final long END = packed("end");
    private static final long ESCAPE_PREFIX = packed("e");
    private static final long BIT_PREFIX = packed("b");
    private static final long HEX_PREFIX = packed("x");
    private static final long UNICODE_PREFIX = packed("u");

    private long parentheses;
    private long bodyDepth;
    private boolean firstWord;
    private boolean creates;
    private boolean afterBegin;

    /** The last eight bytes of the current word or number in lower case; 0 outside of one. */
    private long word;

    private boolean number;
    private boolean afterUnicodePrefix;

    void beginStatement() {
        parentheses = 0;
        bodyDepth = 0;
        firstWord = true;
        creates = false;
        afterBegin = false;
        word = 0;
        afterUnicodePrefix = false;
    }

    /** The next byte of a word or number. */
    void word(byte b) {
        if (word == 0) {
            number = isDigit(b);
            afterUnicodePrefix = false;
        }
        word = word << 8 | (b & 0xff | 0x20);
    }

    boolean insideIdentifier() {
        return word != 0 && !number;
    }

    /** Whether a quote that comes now begins an escape string, {@code E'…'}. */
    boolean afterEscapePrefix() {
        return word == ESCAPE_PREFIX;
    }

    /**
     * Whether a quote that comes now begins a string without escapes, {@code B'…'}, {@code X'…'} or
     * {@code U&'…'}, whatever the setting is.
     */
    boolean afterPlainPrefix() {
        return word == BIT_PREFIX || word == HEX_PREFIX || afterUnicodePrefix;
    }

    boolean insideNumber() {
        return word != 0 && number;
    }

    /** What looked like a word was none. */
    void dropWord() {
        word = 0;
    }

    /**
     * @param next the byte that is no part of it
     */
    void endWord(byte next) {
        afterUnicodePrefix = next == '&' && word == UNICODE_PREFIX;
        if (word == 0) {
            return;
        }
        boolean beginPrecedes = afterBegin;
        afterBegin = false;
        if (firstWord) {
            firstWord = false;
            creates = word == CREATE;
        } else if (bodyDepth > 0) {
            bodyDepth += word == CASE ? 1 : word == END ? -1 : 0;
        } else if (creates && parentheses == 0) {
            afterBegin = word == BEGIN;
            bodyDepth = beginPrecedes && word == ATOMIC ? 1 : 0;
        }
        word = 0;
    }

    /** A token that is no word. */
    void otherToken() {
        afterBegin = false;
    }

    void parenthesis(byte b) {
        parentheses = b == '(' ? parentheses + 1 : Math.max(0, parentheses - 1);
    }

    boolean isOutermost() {
        return parentheses == 0 && bodyDepth == 0;
    }

    private static long packed(String lowerCase) {
        long packed = 0;
        for (byte b : ascii(lowerCase)) {
            packed = packed << 8 | b;
        }
        return packed;
    }
}
