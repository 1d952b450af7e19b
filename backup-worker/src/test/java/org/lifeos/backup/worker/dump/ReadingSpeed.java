package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Measures how fast dumps are read on one core; for people, run by its main method.
 *
 * <pre>java -cp … org.lifeos.backup.worker.dump.ReadingSpeed</pre>
 */
final class ReadingSpeed {
    private static final int PIECE = 1 << 18;
    private static final long BYTES = 2L << 30;
    private static final int ROUNDS = 3;

    private ReadingSpeed() {}

    public static void main(String[] arguments) {
        for (int valueBytes : new int[] {10, 40, 100, 1_000, 100_000}) {
            byte[] row =
                    ("1234567\t" + "some text.".repeat(valueBytes / 10) + "\n").getBytes(US_ASCII);
            byte[] rows = new byte[PIECE];
            for (int round = 1; round <= ROUNDS; round++) {
                System.out.printf(
                        "id and %,d bytes of text, round %d: %,d MB/s%n",
                        valueBytes, round, measure(row, rows));
            }
        }
    }

    private static long measure(byte[] row, byte[] rows) {
        PlainDumpReader reader = new PlainDumpReader();
        byte[] copy = "COPY public.t (id, text) FROM stdin;\n".getBytes(US_ASCII);
        reader.accept(copy, 0, copy.length);
        long begun = System.nanoTime();
        int at = 0;
        for (long done = 0; done < BYTES; done += PIECE) {
            for (int filled = 0; filled < PIECE; ) {
                int count = Math.min(row.length - at, PIECE - filled);
                System.arraycopy(row, at, rows, filled, count);
                filled += count;
                at = (at + count) % row.length;
            }
            reader.accept(rows, 0, PIECE);
        }
        long seconds1000 = (System.nanoTime() - begun) / 1_000_000;
        return BYTES / 1_000 / seconds1000;
    }
}
