package org.lifeos.backup.api.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.BackupResult;
import org.lifeos.backup.job.CatalogScanResult;
import org.lifeos.backup.job.Failure;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.job.RetentionResult;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.retention.Verdict;

/** The last line is a contract with shell scripts. */
class JobTextTest {
    private static final UUID ID = UUID.fromString("0198c000-0000-7000-8000-000000000001");
    private static final UUID BACKUP = UUID.fromString("0198c000-0000-7000-8000-000000000002");

    private static Job job(JobState state, JobResult result, Failure failure) {
        return new Job(
                ID,
                JobType.POSTGRES_BACKUP,
                state,
                "lifeos",
                "deploy",
                "two\nlines",
                1,
                3,
                Instant.EPOCH,
                null,
                null,
                Progress.of("dump", "table\ncharacters"),
                result,
                failure,
                "worker-1");
    }

    @Test
    void scanTellsItsNumbersAndWhatIsBad() {
        String text =
                JobText.of(
                        job(
                                JobState.SUCCEEDED,
                                new CatalogScanResult(
                                        List.of("new.sql.gz"),
                                        12,
                                        List.of("gone.sql.gz"),
                                        List.of("cut.sql.gz")),
                                null));

        assertThat(text)
                .contains("1 imported, 12 unchanged, 1 missing, 1 corrupt")
                .contains("missing gone.sql.gz")
                .contains("corrupt cut.sql.gz");
        assertThat(lastLine(text)).isEqualTo("SUCCEEDED " + ID + " -");
    }

    private static String lastLine(String text) {
        return text.lines().toList().getLast();
    }

    @Test
    void aSuccessNamesTheBackupAndItsFile() {
        Job job =
                job(
                        JobState.SUCCEEDED,
                        new BackupResult(BACKUP, "f.sql.gz", 10, "ab", 1, 2, 3),
                        null);

        assertThat(lastLine(JobText.of(job))).isEqualTo("SUCCEEDED " + BACKUP + " f.sql.gz");
        assertThat(JobText.moment(job)).isEqualTo("SUCCEEDED " + BACKUP + " f.sql.gz");
    }

    @Test
    void aRetentionTellsHowManyAndNamesTheJob() {
        Verdict verdict = new Verdict(BACKUP, "f.sql.gz", "pinned");
        Job job =
                job(
                        JobState.SUCCEEDED,
                        new RetentionResult(List.of(verdict), List.of(verdict, verdict)),
                        null);

        assertThat(JobText.of(job)).contains("1 kept, 2 expired");
        assertThat(lastLine(JobText.of(job))).isEqualTo("SUCCEEDED " + ID + " -");
    }

    @Test
    void aFailureNamesTheJobAndTheCode() {
        Job job = job(JobState.FAILED, null, Failure.of(ProblemCode.DISK_FULL, "no\nspace"));

        assertThat(lastLine(JobText.of(job))).isEqualTo("FAILED " + ID + " disk-full");
        assertThat(JobText.of(job)).contains("no space").contains(ProblemCode.DISK_FULL.hint());
    }

    @Test
    void aRunningJobShowsItsProgressAndNoLineOfACallerIsTakenForTheLastOne() {
        Job job = job(JobState.RUNNING, null, null);

        assertThat(lastLine(JobText.of(job))).isEqualTo("RUNNING " + ID + " -");
        assertThat(JobText.of(job)).contains("dump: table characters").contains("two lines");
    }
}
