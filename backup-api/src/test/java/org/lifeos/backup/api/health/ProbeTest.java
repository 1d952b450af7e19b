package org.lifeos.backup.api.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A look that hangs holds nobody. */
class ProbeTest {
    private static final Duration LIMIT = Duration.ofMillis(200);

    @Test
    void lookThatHangsIsGivenUpAndSaid() {
        CountDownLatch never = new CountDownLatch(1);
        Probe<Integer> probe =
                new Probe<>(
                        "The disk",
                        LIMIT,
                        () -> {
                            never.await();
                            return 1;
                        });
        for (int i = 0; i < 10; i++) {
            long begun = System.nanoTime();
            Look<Integer> look = probe.begin().await();
            assertThat(look.problem())
                    .hasValueSatisfying(
                            said -> assertThat(said).startsWith("The disk has not answered"));
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(5));
        }
        assertThat(hanging()).isLessThanOrEqualTo(4);
        never.countDown();
    }

    /** The threads that keep hanging; those that found no room end by themselves. */
    private static long hanging() {
        return org.lifeos.backup.testing.Eventually.eventually(
                Duration.ofSeconds(5),
                () ->
                        Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().equals("health-probe"))
                                .count(),
                count -> count <= 4);
    }

    @Test
    void lookThatFailsIsSaid() {
        Probe<Integer> probe =
                new Probe<>(
                        "The disk",
                        LIMIT,
                        () -> {
                            throw new IOException("Input/output error");
                        });
        assertThat(probe.begin().await().problem())
                .hasValue("The disk: IOException: Input/output error");
    }

    @Test
    void lookThatSucceedsIsSeen() {
        assertThat(new Probe<>("The disk", LIMIT, () -> 7).begin().await().seen()).hasValue(7);
    }
}
