package org.lifeos.backup.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetryDelayTest {
    private static final Duration FIRST = Duration.ofSeconds(10);

    @Test
    void eachDelayIsFourTimesTheOneBeforeGiveOrTakeAFifth() {
        for (int seed = 0; seed < 1_000; seed++) {
            RetryDelay delay = new RetryDelay(FIRST, new Random(seed));
            for (int attempt = 1; attempt <= 4; attempt++) {
                long middle = Math.round(10_000 * Math.pow(4, attempt - 1));
                assertThat(delay.after(attempt).toMillis())
                        .as("seed %d, attempt %d", seed, attempt)
                        .isBetween(middle * 8 / 10, middle * 12 / 10);
            }
        }
    }

    @Test
    void jobsThatFailedTogetherAreNotTriedAgainTogether() {
        RetryDelay delay = new RetryDelay(FIRST, new Random(1));
        Set<Duration> delays = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            delays.add(delay.after(1));
        }

        assertThat(delays).hasSizeGreaterThan(90);
        assertThat(delays).anyMatch(one -> one.compareTo(FIRST.multipliedBy(9).dividedBy(10)) < 0);
        assertThat(delays).anyMatch(one -> one.compareTo(FIRST.multipliedBy(11).dividedBy(10)) > 0);
    }

    @Test
    void noDelayStaysNoDelay() {
        assertThat(new RetryDelay(Duration.ZERO, new Random(1)).after(3)).isZero();
    }
}
