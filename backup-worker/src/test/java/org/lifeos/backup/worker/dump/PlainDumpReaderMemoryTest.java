package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainDumpReaderMemoryTest {
    private static final int PIECE_BYTES = 1 << 20;
    private static final int PIECES = 64;

    /** What is kept of a statement, at most 1 MiB, counted for the steps by which it grows. */
    private static final long MOST_BYTES = 4 << 20;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COPY t (a) FROM stdin;\n",
                "COPY t (a) FROM stdin;",
                "COPY ",
                "COPY t (\"",
                "SELECT '",
                "SELECT E'",
                "SELECT $$",
                "SELECT $",
                "SELECT ",
                "-- ",
                "/* ",
                "\\restrict ",
                ""
            })
    void lineOf64MebibytesLeavesMemoryFlat(String beginning) {
        byte[] first = beginning.getBytes(US_ASCII);
        byte[] piece = new byte[PIECE_BYTES];
        Arrays.fill(piece, (byte) 'x');
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        PlainDumpReader reader = new PlainDumpReader();

        long before = threads.getCurrentThreadAllocatedBytes();
        reader.accept(first, 0, first.length);
        for (int i = 0; i < PIECES; i++) {
            reader.accept(piece, 0, piece.length);
        }
        DumpSummary summary = reader.finish();
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isLessThan(MOST_BYTES);
        assertThat(summary.bytes()).isEqualTo(first.length + (long) PIECES * PIECE_BYTES);
        assertThat(summary.complete()).isFalse();
    }
}
