package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Compares the content of single files: as a whole, or of a large one a piece at a place that the
 * seed decides.
 */
final class ContentSample {
    private static final int LARGEST_PIECE = 4 << 20;

    private final Random random;

    ContentSample(Random random) {
        this.random = random;
    }

    /**
     * Whether both hold the same.
     *
     * @throws IOException when one of them is gone or cannot be read
     */
    boolean isSame(Path one, Path other) throws IOException {
        long size = Files.size(one);
        long from = size > LARGEST_PIECE ? random.nextLong(size - LARGEST_PIECE) : 0;
        int length = (int) Math.min(size, LARGEST_PIECE);
        return piece(one, from, length).equals(piece(other, from, length));
    }

    private static ByteBuffer piece(Path file, long from, int length) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(length);
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(from);
            while (piece.hasRemaining() && channel.read(piece) >= 0) {
                // until it is full or the file ends
            }
        }
        return piece.flip();
    }
}
