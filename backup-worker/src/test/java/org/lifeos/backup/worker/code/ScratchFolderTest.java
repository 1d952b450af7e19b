package org.lifeos.backup.worker.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.worker.job.Attempt;

class ScratchFolderTest {
    private static final CodeBench BENCH = new CodeBench();

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    @Test
    void folderOfAnAttemptThatNobodyKnowsIsRemovedADayLater() {
        Attempt attempt = BENCH.begin();
        Instant now = InstantSource.system().instant();
        try (ScratchFolder folder = ScratchFolder.make(attempt)) {
            // another service's worker that starts beside this one
            ScratchFolder.removeOld((job, _) -> !job.equals(attempt.jobId()), now);
            assertThat(folder.view()).exists();
            ScratchFolder.removeOld((_, _) -> true, now.plus(Duration.ofDays(2)));
            assertThat(folder.view()).as("it is at work").exists();

            ScratchFolder.removeOld(
                    (job, _) -> !job.equals(attempt.jobId()), now.plus(Duration.ofDays(2)));
            assertThat(folder.view()).doesNotExist();
        }
    }

    @Test
    void folderOfALostAttemptIsRemovedByItsReaperAtOnce() {
        Attempt attempt = BENCH.begin();
        try (ScratchFolder folder = ScratchFolder.make(attempt)) {
            ScratchFolder.removeAll((job, _) -> job.equals(attempt.jobId()));
            assertThat(folder.view()).doesNotExist();
        }
    }
}
