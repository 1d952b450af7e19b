package org.lifeos.backup.worker.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static Duration time(Pace pace, long bytes) {
        long begun = System.nanoTime();
        pace.await(bytes, begun, () -> {});
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    @Test
    void bytesPassNoFasterThanTheyMay() {
        assertThat(time(new Pace(1_000_000), 300_000))
                .isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }

    @Test
    void whatIsLateWaitsForNothing() {
        long longAgo = System.nanoTime() - Duration.ofSeconds(10).toNanos();
        Runnable never =
                () -> {
                    throw new AssertionError("waited");
                };
        new Pace(1_000_000).await(9_000_000, longAgo, never);
        Pace.UNBOUNDED.await(Long.MAX_VALUE, System.nanoTime(), never);
    }

    @Test
    void stopEndsTheWait() {
        assertThatThrownBy(() ->
                        new Pace(1)
                                .await(
                                        1_000_000,
                                        System.nanoTime(),
                                        () -> {
                                            throw new CancellationException();
                                        }))
                .isInstanceOf(CancellationException.class);
    }
}
