package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** The beginning of a stretch of dump text, up to a limit: no input can make it grow further. */
final class KeptText {
    private static final int INITIAL_BYTES = 1024;

    private final int limit;
    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;
    private boolean cut;

    KeptText(int limit) {
        this.limit = limit;
    }

    void clear() {
        length = 0;
        cut = false;
    }

    void append(byte b) {
        if (reserve(1) == 1) {
            bytes[length++] = b;
        }
    }

    void append(byte[] source, int from, int to) {
        int count = reserve(to - from);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    private int reserve(int wanted) {
        int count = Math.min(wanted, limit - length);
        cut |= count < wanted;
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(limit, Math.max(length + count, 2 * length)));
        }
        return count;
    }

    /** Whether there was more than the limit: then this is only the beginning. */
    boolean cut() {
        return cut;
    }

    int length() {
        return length;
    }

    byte at(int index) {
        return bytes[index];
    }

    byte[] bytes() {
        return Arrays.copyOf(bytes, length);
    }

    boolean is(byte[] text) {
        return Arrays.equals(bytes, 0, length, text, 0, text.length);
    }

    boolean startsWith(byte[] text) {
        return length >= text.length && Arrays.equals(bytes, 0, text.length, text, 0, text.length);
    }

    boolean endsWith(byte[] text) {
        return !cut
                && length >= text.length
                && Arrays.equals(bytes, length - text.length, length, text, 0, text.length);
    }

    byte[] copy() {
        return Arrays.copyOf(bytes, length);
    }

    void hash(int from, int to, StreamHash into) {
        into.update(bytes, from, to);
    }

    /** Decoded as UTF-8; what is not UTF-8 becomes U+FFFD. */
    String substring(int from, int to) {
        return new String(bytes, from, to - from, UTF_8);
    }
}
