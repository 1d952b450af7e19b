package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.config.Environment;

class PullWatchTest {
    private final OllamaLimits limits = OllamaLimits.of(new Environment(java.util.Map.of()));
    private final PullWatch watch = new PullWatch(limits, 0);

    private void saw(int second, String json) {
        watch.saw(PullEvent.of(json).orElseThrow(), seconds(second));
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    private long deadline() {
        return TimeUnit.NANOSECONDS.toSeconds(watch.deadline());
    }

    @Test
    void eachPhaseHasItsOwnLimit() {
        assertThat(deadline()).isEqualTo(30);
        saw(10, "{\"status\":\"pulling manifest\"}");
        assertThat(deadline()).isEqualTo(190);
        saw(20, "{\"status\":\"pulling a\",\"digest\":\"sha256:a\",\"total\":100}");
        assertThat(deadline()).isEqualTo(80);
        saw(30, "{\"status\":\"verifying sha256 digest\"}");
        assertThat(deadline()).isEqualTo(930);
    }

    @Test
    void ticksWithoutANewMaximumAreAStall() {
        saw(0, "{\"status\":\"pulling a\",\"digest\":\"sha256:a\",\"total\":100,\"completed\":50}");
        for (int second = 1; second <= 350; second++) {
            int completed = 50 - second % 40;
            saw(
                    second,
                    "{\"status\":\"pulling a\",\"digest\":\"sha256:a\",\"total\":100,\"completed\":%d}"
                            .formatted(completed));
        }
        assertThat(deadline()).isEqualTo(360);
        assertThat(watch.reproach()).contains("360 s");
        saw(
                355,
                "{\"status\":\"pulling a\",\"digest\":\"sha256:a\",\"total\":100,\"completed\":51}");
        assertThat(deadline()).isEqualTo(355 + 60);
    }

    @Test
    void ticksWithoutNumbersAreAStallToo() {
        for (int second = 0; second <= 400; second++) {
            saw(second, "{\"status\":\"pulling a\",\"digest\":\"sha256:a\"}");
        }
        assertThat(deadline()).isEqualTo(360);
    }

    @Test
    void anotherContentBeginsAnew() {
        saw(0, "{\"digest\":\"sha256:a\",\"total\":100,\"completed\":50}");
        saw(300, "{\"digest\":\"sha256:b\",\"total\":10}");
        saw(350, "{\"digest\":\"sha256:b\",\"total\":10}");
        assertThat(deadline()).isEqualTo(410);
        assertThat(watch.completed()).isEqualTo(50);
    }

    @Test
    void verifyingMayTakeAsLongAsTheBytesNeed() {
        long total = 100_000_000_000L;
        saw(0, "{\"digest\":\"sha256:a\",\"total\":%d,\"completed\":40000000000}".formatted(total));
        saw(1, "{\"digest\":\"sha256:a\",\"total\":%d,\"completed\":%d}".formatted(total, total));
        saw(2, "{\"status\":\"verifying sha256 digest\"}");
        assertThat(deadline()).isEqualTo(2 + 60_000_000_000L / 20_000_000);
    }

    @Test
    void unknownWordsChangeNothing() {
        saw(0, "{\"digest\":\"sha256:a\",\"total\":100,\"completed\":50}");
        saw(1, "{\"status\":\"polishing the bits\"}");
        assertThat(watch.phase()).isEqualTo(PullWatch.Phase.DOWNLOADING);
        assertThat(deadline()).isEqualTo(61);
    }

    @Test
    void numbersOfAnyKindAreBorne() {
        saw(0, "{\"digest\":\"sha256:a\",\"completed\":500,\"total\":100}");
        assertThat(watch.completed()).isEqualTo(100);
        saw(1, "{\"digest\":\"sha256:a\",\"completed\":-5}");
        saw(2, "{\"digest\":\"sha256:a\",\"total\":\"many\",\"completed\":1e300}");
        saw(3, "{\"digest\":7}");
        saw(4, "{\"digest\":\"sha256:a\",\"total\":50,\"completed\":50}");
        assertThat(watch.completed()).isEqualTo(100);
        assertThat(PullEvent.of("[]")).isEmpty();
        assertThat(PullEvent.of("")).isEmpty();
        assertThat(PullEvent.of("<html>")).isEmpty();
    }

    @Test
    void limitsAreThoseOfTheEnvironment() {
        OllamaLimits changed =
                OllamaLimits.of(
                        new Environment(
                                java.util.Map.of(
                                        "OLLAMA_STALL_SECONDS", "7",
                                        "OLLAMA_LINE_MAX_BYTES", "2048")));
        assertThat(changed.stall()).isEqualTo(Duration.ofSeconds(7));
        assertThat(changed.lineBytes()).isEqualTo(2048);
        assertThat(limits.stall()).isEqualTo(Duration.ofMinutes(6));
    }
}
