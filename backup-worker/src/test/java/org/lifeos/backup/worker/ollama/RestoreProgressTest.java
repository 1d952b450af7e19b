package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.ollama.SavedModel;

class RestoreProgressTest {
    private final List<Progress> told = new ArrayList<>();

    private static SavedModel model(String name, long size) {
        return new SavedModel(name, "a".repeat(64), size, null, false, false, null);
    }

    private static PullWatch at(long total, long completed) {
        PullWatch watch = new PullWatch(OllamaBench.LIMITS, 0);
        watch.saw(
                PullEvent.of(
                                "{\"digest\":\"sha256:x\",\"total\":%d,\"completed\":%d}"
                                        .formatted(total, completed))
                        .orElseThrow(),
                1);
        return watch;
    }

    @Test
    void bytesGrowToAllOfThemAndNeverGoBack() {
        RestoreProgress progress = new RestoreProgress(told::add, 3, 4_000);
        progress.begin(1);
        progress.pulling(model("m:1b", 1_000), at(1_000, 400), 1);
        progress.waiting(model("m:1b", 1_000), "next try in 5 s");
        // the server lost what it had
        progress.pulling(model("m:1b", 1_000), at(1_000, 100), 2);
        // and then sends more than the saved size
        progress.pulling(model("m:1b", 1_000), at(9_000, 9_000), 2);
        progress.finished(model("m:1b", 1_000), true);
        progress.pulling(model("n:1b", 3_000), at(3_000, 2_000), 1);
        progress.finished(model("n:1b", 3_000), true);

        assertThat(told)
                .extracting(Progress::doneBytes)
                .containsExactly(0L, 400L, 400L, 400L, 1_000L, 1_000L, 3_000L, 4_000L);
        assertThat(told)
                .extracting(Progress::percent)
                .containsExactly(0, 10, 10, 10, 25, 25, 75, 100);
        assertThat(told).extracting(Progress::totalBytes).containsOnly(4_000L);
        assertThat(told.get(1).message())
                .isEqualTo("2 of 3: m:1b, downloading, 40 % of 1,000 bytes");
        assertThat(told.get(3).message()).endsWith(", try 2");
    }

    @Test
    void nothingToFetchIsNoDivisionByZero() {
        RestoreProgress progress = new RestoreProgress(told::add, 1, 0);
        progress.begin(0);
        progress.pulling(model("m:1b", 0), at(0, 0), 1);
        progress.finished(model("m:1b", 0), true);

        assertThat(told).extracting(Progress::percent).containsOnlyNulls();
        assertThat(told).extracting(Progress::doneBytes).containsOnly(0L);
    }
}
