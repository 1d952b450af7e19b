package org.lifeos.backup.worker.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BytesTest {
    /** Bytes that differ from the wanted one in a bit or two, where a trick with words may err. */
    private static final byte[] NEAR = {
        0, 1, '\n', '\n' - 1, '\n' + 1, '\n' | (byte) 0x80, -1, 'a'
    };

    @Test
    void bytesAreFoundAndCountedAsOneByOne() {
        for (long seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            byte[] buffer = new byte[random.nextInt(60)];
            for (int i = 0; i < buffer.length; i++) {
                buffer[i] = NEAR[random.nextInt(NEAR.length)];
            }
            int from = random.nextInt(buffer.length + 1);
            int end = from + random.nextInt(buffer.length - from + 1);
            byte wanted = NEAR[random.nextInt(NEAR.length)];
            byte other = NEAR[random.nextInt(NEAR.length)];

            assertThat(Bytes.count(buffer, wanted, from, end))
                    .as("count, seed %d", seed)
                    .isEqualTo(count(buffer, wanted, from, end));
            assertThat(Bytes.indexOf(buffer, wanted, from, end))
                    .as("first, seed %d", seed)
                    .isEqualTo(firstOf(buffer, wanted, wanted, from, end));
            assertThat(Bytes.indexOfEither(buffer, wanted, other, from, end))
                    .as("first of two, seed %d", seed)
                    .isEqualTo(firstOf(buffer, wanted, other, from, end));
        }
    }

    private static long count(byte[] buffer, byte wanted, int from, int end) {
        long count = 0;
        for (int at = from; at < end; at++) {
            count += buffer[at] == wanted ? 1 : 0;
        }
        return count;
    }

    private static int firstOf(byte[] buffer, byte wanted, byte other, int from, int end) {
        for (int at = from; at < end; at++) {
            if (buffer[at] == wanted || buffer[at] == other) {
                return at;
            }
        }
        return end;
    }
}
