package org.lifeos.backup.worker.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Optional;

/**
 * The lines of an answer, each whole: bytes are put together first and read as UTF-8 then, so that
 * a character may come in two pieces. What follows the last line end is no line. A line that is
 * longer than it may be is given up before it fills the memory.
 */
final class LineReader {
    private static final int PIECE_BYTES = 16 << 10;

    private final Exchange exchange;
    private final int mostBytes;
    private final byte[] piece = new byte[PIECE_BYTES];
    private int at;
    private int end;
    private byte[] line = new byte[1 << 10];
    private int length;
    private boolean cutInALine;

    LineReader(Exchange exchange, int mostBytes) {
        this.exchange = exchange;
        this.mostBytes = mostBytes;
    }

    /** The next line without its end; empty at the end of the answer. */
    Optional<String> next() throws CallFailure {
        length = 0;
        while (true) {
            if (at == end) {
                at = 0;
                end = exchange.read(piece);
                if (end < 0) {
                    end = 0;
                    cutInALine = length > 0;
                    return Optional.empty();
                }
            }
            int from = at;
            while (at < end && piece[at] != '\n') {
                at++;
            }
            append(from, at);
            if (at < end) {
                at++;
                return Optional.of(text());
            }
        }
    }

    /**
     * What came after the last line end; some servers say their last words so. Empty where there is
     * none.
     */
    String rest() {
        return cutInALine ? text() : "";
    }

    private String text() {
        int last = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        return new String(line, 0, last, UTF_8);
    }

    private void append(int from, int to) throws CallFailure {
        int count = to - from;
        if (length + count > mostBytes) {
            throw new CallFailure(
                    CallFailure.Kind.TOO_LARGE,
                    "a line of the pull is longer than %,d bytes: %s"
                            .formatted(mostBytes, ServerText.of(text())));
        }
        if (length + count > line.length) {
            line = Arrays.copyOf(line, Math.min(mostBytes, 2 * (length + count)));
        }
        System.arraycopy(piece, from, line, length, count);
        length += count;
    }
}
