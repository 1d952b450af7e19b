package org.lifeos.backup.worker.dump;

import java.util.HexFormat;

/**
 * MurmurHash3 (x64, 128 bits) of bytes that come in pieces, with a seed of 128 bits. Good against
 * accidents, not against somebody who looks for collisions: that is what the SHA-256 of a dump is
 * for. Source: MurmurHash3_x64_128 in Austin Appleby's smhasher, public domain.
 */
final class StreamHash {
    private static final int BLOCK = 16;
    private static final long FACTOR_1 = 0x87c37b91114253d5L;
    private static final long FACTOR_2 = 0x4cf5ad432745937fL;

    private final byte[] rest = new byte[BLOCK];
    private int restLength;
    private long length;
    private long first;
    private long second;

    StreamHash begin(long firstSeed, long secondSeed) {
        first = firstSeed;
        second = secondSeed;
        length = 0;
        restLength = 0;
        return this;
    }

    StreamHash update(byte[] source) {
        return update(source, 0, source.length);
    }

    StreamHash update(byte[] source, int from, int to) {
        length += to - from;
        int at = from;
        if (restLength > 0) {
            int count = Math.min(BLOCK - restLength, to - at);
            System.arraycopy(source, at, rest, restLength, count);
            restLength += count;
            at += count;
            if (restLength < BLOCK) {
                return this;
            }
            blocks(rest, 0, BLOCK);
            restLength = 0;
        }
        at = blocks(source, at, to);
        restLength = to - at;
        System.arraycopy(source, at, rest, 0, restLength);
        return this;
    }

    StreamHash update(long number) {
        byte[] bytes = new byte[Long.BYTES];
        Bytes.LONGS.set(bytes, 0, number);
        return update(bytes);
    }

    /** Afterwards {@link #first} and {@link #second} are the hash, until the next begin. */
    StreamHash finish() {
        long low = 0;
        long high = 0;
        for (int at = 0; at < restLength; at++) {
            long bits = (rest[at] & 0xffL) << Byte.SIZE * (at & 7);
            low |= at < Long.BYTES ? bits : 0;
            high |= at < Long.BYTES ? 0 : bits;
        }
        end(first ^ spread1(low), second ^ spread2(high), length);
        return this;
    }

    /**
     * The hash of bytes that are all there: the same as begin, update, finish, without copying
     * them.
     */
    StreamHash of(long firstSeed, long secondSeed, byte[] source, int from, int to) {
        if (source.length - to < BLOCK) {
            return begin(firstSeed, secondSeed).update(source, from, to).finish();
        }
        long one = firstSeed;
        long two = secondSeed;
        int at = from;
        for (; to - at >= BLOCK; at += BLOCK) {
            one ^= spread1((long) Bytes.LONGS.get(source, at));
            one = (Long.rotateLeft(one, 27) + two) * 5 + 0x52dce729;
            two ^= spread2((long) Bytes.LONGS.get(source, at + Long.BYTES));
            two = (Long.rotateLeft(two, 31) + one) * 5 + 0x38495ab5;
        }
        int left = Byte.SIZE * (to - at);
        long low = (long) Bytes.LONGS.get(source, at);
        long high = 0;
        if (left > Long.SIZE) {
            high = (long) Bytes.LONGS.get(source, at + Long.BYTES) & (1L << left - Long.SIZE) - 1;
        } else if (left < Long.SIZE) {
            low &= (1L << left) - 1;
        }
        end(one ^ spread1(low), two ^ spread2(high), to - from);
        return this;
    }

    long first() {
        return first;
    }

    long second() {
        return second;
    }

    /** As 32 hex digits. */
    String hex() {
        return hex(first, second);
    }

    static String hex(long first, long second) {
        HexFormat format = HexFormat.of();
        return format.toHexDigits(first) + format.toHexDigits(second);
    }

    /** Spreads every bit of a number over all of them; different numbers stay different. */
    static long mix(long number) {
        long mixed = number;
        mixed = (mixed ^ mixed >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }

    private int blocks(byte[] source, int from, int to) {
        long one = first;
        long two = second;
        int at = from;
        for (; to - at >= BLOCK; at += BLOCK) {
            one ^= spread1((long) Bytes.LONGS.get(source, at));
            one = (Long.rotateLeft(one, 27) + two) * 5 + 0x52dce729;
            two ^= spread2((long) Bytes.LONGS.get(source, at + Long.BYTES));
            two = (Long.rotateLeft(two, 31) + one) * 5 + 0x38495ab5;
        }
        first = one;
        second = two;
        return at;
    }

    private void end(long lastFirst, long lastSecond, long bytes) {
        long one = lastFirst ^ bytes;
        long two = lastSecond ^ bytes;
        one += two;
        two += one;
        one = mix(one);
        two = mix(two);
        first = one + two;
        second = two + first;
    }

    private static long spread1(long eight) {
        return Long.rotateLeft(eight * FACTOR_1, 31) * FACTOR_2;
    }

    private static long spread2(long eight) {
        return Long.rotateLeft(eight * FACTOR_2, 33) * FACTOR_1;
    }
}
