package org.lifeos.backup.worker.dump;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Bytes of a script that wait for a decision, up to a limit. */
final class HeldBytes {
    private static final int INITIAL = 1024;

    private final int limit;
    private byte[] bytes = new byte[INITIAL];
    private int length;

    HeldBytes(int limit) {
        this.limit = limit;
    }

    /** Holds the bytes too; false, and nothing of them is held, where they are too many. */
    boolean append(byte[] source, int from, int to) {
        int count = to - from;
        if (length + count > limit) {
            return false;
        }
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(limit, Math.max(length + count, 2 * length)));
        }
        System.arraycopy(source, from, bytes, length, count);
        length += count;
        return true;
    }

    void drain(OutputStream out) throws IOException {
        out.write(bytes, 0, length);
        length = 0;
    }

    /** Lets only the line breaks go, and forgets the rest. */
    void drainNewlines(OutputStream out) throws IOException {
        for (int at = 0; at < length; at++) {
            if (bytes[at] == '\n') {
                out.write('\n');
            }
        }
        length = 0;
    }
}
