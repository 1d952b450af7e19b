package org.lifeos.backup.worker.tool;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Bytes on their way from one thread to another: a bounded number of them, so that neither waits
 * for the other at each piece. One thread {@linkplain #put puts}, another {@linkplain #drainTo
 * drains}.
 */
final class ByteRing {
    private static final int PIECE = 1 << 17;

    private final byte[] ring;
    private long put;
    private long taken;
    private boolean ended;
    private boolean broken;

    ByteRing(int capacity) {
        ring = new byte[capacity];
    }

    /**
     * Waits for room and copies the bytes.
     *
     * @return false when nobody takes them any more
     */
    synchronized boolean put(byte[] bytes, int offset, int length) {
        int from = offset;
        int left = length;
        while (left > 0) {
            while (put - taken == ring.length && !broken) {
                await();
            }
            if (broken) {
                return false;
            }
            int at = (int) (put % ring.length);
            int count =
                    Math.min(left, Math.min(ring.length - (int) (put - taken), ring.length - at));
            System.arraycopy(bytes, from, ring, at, count);
            put += count;
            from += count;
            left -= count;
            notifyAll();
        }
        return !broken;
    }

    /** Says that nothing more comes. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Says that nobody takes what comes. */
    synchronized void breaks() {
        broken = true;
        notifyAll();
    }

    /** Writes what is put until the end of it; whatever ends that, nobody takes anything then. */
    void drainTo(OutputStream output) throws IOException {
        try {
            int length;
            while ((length = awaitPiece()) > 0) {
                output.write(ring, (int) (taken % ring.length), length);
                takes(length);
            }
        } finally {
            breaks();
        }
    }

    /** How many bytes can be taken at once; none at the end. */
    private synchronized int awaitPiece() {
        while (put == taken && !ended && !broken) {
            await();
        }
        int toEnd = ring.length - (int) (taken % ring.length);
        return broken ? 0 : (int) Math.min(put - taken, Math.min(PIECE, toEnd));
    }

    private synchronized void takes(int length) {
        taken += length;
        notifyAll();
    }

    private void await() {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for bytes", e);
        }
    }
}
