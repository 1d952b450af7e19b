package org.lifeos.backup.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FailedAttemptsTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final FailedAttempts attempts = new FailedAttempts(now::get);

    private long letThrough(String address, int tries) {
        return IntStream.range(0, tries).filter(_ -> !attempts.isOneTooMany(address)).count();
    }

    @Test
    void soManyAreLetThroughAndThenNoMore() {
        assertThat(letThrough("10.0.0.1", 200)).isEqualTo(60);
        assertThat(letThrough("10.0.0.2", 1)).isEqualTo(1);
    }

    @Test
    void oneIsForgottenEachSecond() {
        letThrough("10.0.0.1", 200);
        now.updateAndGet(instant -> instant.plus(Duration.ofSeconds(5)));

        assertThat(letThrough("10.0.0.1", 200)).isEqualTo(5);
    }

    @Test
    void aClockThatJumpsBackLetsNobodyInAndNobodyOutForEver() {
        letThrough("10.0.0.1", 200);
        now.updateAndGet(instant -> instant.minus(Duration.ofDays(1)));
        assertThat(letThrough("10.0.0.1", 10)).isZero();

        now.updateAndGet(instant -> instant.plus(Duration.ofSeconds(10)));
        assertThat(letThrough("10.0.0.1", 200)).isEqualTo(10);
    }
}
