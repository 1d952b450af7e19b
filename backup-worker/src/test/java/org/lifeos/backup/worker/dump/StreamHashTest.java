package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamHashTest {
    @Test
    void hashIsThatOfTheReferenceImplementation() {
        assertThat(hashOf("")).isEqualTo("00000000000000000000000000000000");
        assertThat(hashOf("hello")).isEqualTo("cbd8a7b341bd9b025b1e906a48ae1d19");
        assertThat(hashOf("hello, world")).isEqualTo("342fac623a5ebc8e4cdcbc079642414d");
        assertThat(hashOf("The quick brown fox jumps over the lazy dog."))
                .isEqualTo("cd99481f9ee902c9695da1a38987b6e7");
    }

    @Test
    void piecesOfAnySizeAndPlaceMakeNoDifference() {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            int before = random.nextInt(20);
            byte[] padded = new byte[before + bytes.length + random.nextInt(20)];
            random.nextBytes(padded);
            System.arraycopy(bytes, 0, padded, before, bytes.length);

            StreamHash pieces = new StreamHash().begin(seed, 7);
            for (int at = 0; at < bytes.length; ) {
                int to = Math.min(bytes.length, at + random.nextInt(20));
                pieces.update(bytes, at, to);
                at = to;
            }

            String whole = new StreamHash().begin(seed, 7).update(bytes).finish().hex();
            assertThat(pieces.finish().hex()).as("seed %d", seed).isEqualTo(whole);
            StreamHash inPlace = new StreamHash();
            inPlace.of(seed, 7, padded, before, before + bytes.length);
            assertThat(inPlace.hex()).as("seed %d", seed).isEqualTo(whole);
        }
    }

    @Test
    void everyBitOfTheInputCounts() {
        byte[] bytes = new byte[40];
        String before = new StreamHash().begin(1, 2).update(bytes).finish().hex();
        for (int bit = 0; bit < bytes.length * Byte.SIZE; bit++) {
            byte[] changed = Arrays.copyOf(bytes, bytes.length);
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThat(new StreamHash().begin(1, 2).update(changed).finish().hex())
                    .as("bit %d", bit)
                    .isNotEqualTo(before);
        }
        assertThat(new StreamHash().begin(1, 2).update(new byte[41]).finish().hex())
                .isNotEqualTo(before);
    }

    private static String hashOf(String text) {
        return new StreamHash().begin(0, 0).update(text.getBytes(US_ASCII)).finish().hex();
    }
}
