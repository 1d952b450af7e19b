package org.lifeos.backup.worker.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ByteRingTest {
    private static final Duration A_WHILE = Duration.ofMillis(200);

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 4_096, 1 << 20})
    void whatIsPutComesOutInOrder(int capacity) throws Exception {
        Random random = new Random(capacity);
        byte[] content = new byte[Math.min(1_000 * capacity, 3_000_000)];
        random.nextBytes(content);
        ByteRing ring = new ByteRing(capacity);
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        CompletableFuture<Void> drained = drained(ring, taken);

        int at = 0;
        while (at < content.length) {
            int length = Math.min(content.length - at, random.nextInt(capacity + capacity / 2 + 2));
            assertThat(ring.put(content, at, length)).isTrue();
            at += length;
        }
        ring.end();

        drained.get(30, TimeUnit.SECONDS);
        assertThat(taken.toByteArray()).isEqualTo(content);
    }

    @Test
    void endWithoutBytesIsAnEnd() throws Exception {
        ByteRing ring = new ByteRing(16);
        ring.end();
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        ring.drainTo(taken);
        assertThat(taken.size()).isZero();
    }

    @Test
    void whoeverPutsWaitsForRoomAndNoLongerThanSomebodyTakes() throws Exception {
        ByteRing ring = new ByteRing(16);
        CompletableFuture<Boolean> put =
                CompletableFuture.supplyAsync(() -> ring.put(new byte[17], 0, 17));
        Thread.sleep(A_WHILE);
        assertThat(put).isNotDone();

        ring.breaks();

        assertThat(put.get(30, TimeUnit.SECONDS)).isFalse();
        assertThat(ring.put(new byte[1], 0, 1)).isFalse();
    }

    @Test
    void whereWritingFailsNobodyTakesAnythingMore() {
        ByteRing ring = new ByteRing(16);
        assertThat(ring.put(new byte[16], 0, 16)).isTrue();
        IOException full = new IOException("full");

        assertThatThrownBy(() ->
                        ring.drainTo(
                                new OutputStream() {
                                    @Override
                                    public void write(int b) throws IOException {
                                        throw full;
                                    }
                                }))
                .isSameAs(full);

        assertThat(ring.put(new byte[1], 0, 1)).isFalse();
    }

    @Test
    void whatIsPutIsACopy() throws Exception {
        ByteRing ring = new ByteRing(16);
        byte[] buffer = {1, 2, 3};
        ring.put(buffer, 0, 3);
        Arrays.fill(buffer, (byte) 9);
        ring.end();
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        ring.drainTo(taken);
        assertThat(taken.toByteArray()).containsExactly(1, 2, 3);
    }

    private static CompletableFuture<Void> drained(ByteRing ring, OutputStream output) {
        return CompletableFuture.runAsync(() -> {
            try {
                ring.drainTo(output);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
