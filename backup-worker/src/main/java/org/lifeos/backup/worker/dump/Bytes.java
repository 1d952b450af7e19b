package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Bytes of dump text as the lexical rules class them (PostgreSQL manual, 4.1 Lexical Structure). A
 * byte from 0x80 is a letter: in every server encoding it can only be part of one.
 */
final class Bytes {
    /** Eight bytes at once, the first of them lowest. */
    static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long EVERY_BYTE = 0x0101010101010101L;
    private static final long HIGHEST_BITS = 0x8080808080808080L;

    private Bytes() {}

    /** The first place of {@code wanted} in the range, {@code end} where there is none. */
    static int indexOf(byte[] buffer, byte wanted, int from, int end) {
        return indexOfEither(buffer, wanted, wanted, from, end);
    }

    /** How many bytes of the range are that one. */
    static long count(byte[] buffer, byte wanted, int from, int end) {
        long everywhere = EVERY_BYTE * (wanted & 0xff);
        long count = 0;
        int at = from;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            long others = (long) LONGS.get(buffer, at) ^ everywhere;
            // the highest bit of each byte in which another bit is set, and then its own
            others |= (others & ~HIGHEST_BITS) + ~HIGHEST_BITS;
            count += Long.bitCount(~others & HIGHEST_BITS);
        }
        for (; at < end; at++) {
            count += buffer[at] == wanted ? 1 : 0;
        }
        return count;
    }

    static int indexOfEither(byte[] buffer, byte wanted, byte other, int from, int end) {
        long wantedEverywhere = EVERY_BYTE * (wanted & 0xff);
        long otherEverywhere = EVERY_BYTE * (other & 0xff);
        int at = from;
        while (end - at >= Long.BYTES) {
            long eight = (long) LONGS.get(buffer, at);
            long found = zeroBytes(eight ^ wantedEverywhere) | zeroBytes(eight ^ otherEverywhere);
            if (found != 0) {
                return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
            at += Long.BYTES;
        }
        while (at < end && buffer[at] != wanted && buffer[at] != other) {
            at++;
        }
        return at;
    }

    /** The highest bit of the first byte that is zero, and no bit below it. */
    private static long zeroBytes(long eight) {
        return (eight - EVERY_BYTE) & ~eight & HIGHEST_BITS;
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
