package org.lifeos.backup.worker.code;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.testing.AttemptBench;

/** Checks of real repositories, each in an attempt of its own. */
final class CodeBench implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-03-01T03:45:01Z");
    static final CodeSettings NO_TOKEN = new CodeSettings(null, null);

    private final AttemptBench bench = new AttemptBench();
    private Attempt last;

    CodeCheckResult check(Path home) {
        return check(home, NO_TOKEN);
    }

    CodeCheckResult check(Path home, CodeSettings settings) {
        last = bench.begin();
        return code(home, settings, Duration.ofSeconds(30)).run(last);
    }

    static CodeCheck code(Path home, CodeSettings settings, Duration remoteLimit) {
        return new CodeCheck(settings, home, InstantSource.fixed(NOW), remoteLimit);
    }

    Attempt begin() {
        last = bench.begin();
        return last;
    }

    UUID lastJob() {
        return last.jobId();
    }

    /** All that was written down about the last attempt. */
    String everythingSaid() {
        return bench.everythingSaid(last);
    }

    @Override
    public void close() throws SQLException {
        bench.close();
    }
}
