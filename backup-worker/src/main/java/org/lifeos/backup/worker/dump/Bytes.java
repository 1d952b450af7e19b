package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Bytes of dump text as the lexical rules class them (PostgreSQL manual, 4.1 Lexical Structure). A
 * byte from 0x80 is a letter: in every server encoding it can only be part of one.
 */
final class Bytes {
    private Bytes() {}

    /** The first place of {@code wanted} in the range, {@code end} where there is none. */
    static int indexOf(byte[] buffer, byte wanted, int from, int end) {
        int at = from;
        while (at < end && buffer[at] != wanted) {
            at++;
        }
        return at;
    }

    static int indexOfEither(byte[] buffer, byte wanted, byte other, int from, int end) {
        int at = from;
        while (at < end && buffer[at] != wanted && buffer[at] != other) {
            at++;
        }
        return at;
    }

    static boolean isSpace(byte b) {
        return b == ' ' || b >= '\t' && b <= '\r';
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /** Whether it can stand in a word or number, leaving aside the dollar sign. */
    static boolean isWord(byte b) {
        return b < 0 || b == '_' || isDigit(b) || (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
    }

    static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }
}
