package org.lifeos.backup.api.job;

import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.json.Json;

/**
 * A job as it changes, until its end: as server-sent events (HTML standard, 9.2), or as lines for a
 * terminal.
 */
final class JobStream implements StreamingOutput {
    private final JobChanges changes;
    private final UUID jobId;
    private final Function<Job, String> rendering;
    private final String stillHere;
    private final BooleanSupplier hungUp;

    private JobStream(
            JobChanges changes,
            UUID jobId,
            Function<Job, String> rendering,
            String stillHere,
            BooleanSupplier hungUp) {
        this.changes = changes;
        this.jobId = jobId;
        this.rendering = rendering;
        this.stillHere = stillHere;
        this.hungUp = hungUp;
    }

    static JobStream events(JobChanges changes, UUID jobId, BooleanSupplier hungUp) {
        return new JobStream(
                changes,
                jobId,
                job -> "event: job\ndata: %s\n\n".formatted(Json.write(job)),
                ":\n\n",
                hungUp);
    }

    static JobStream lines(JobChanges changes, UUID jobId, BooleanSupplier hungUp) {
        return new JobStream(changes, jobId, job -> JobText.moment(job) + "\n", "", hungUp);
    }

    @Override
    public void write(OutputStream output) throws IOException {
        try {
            changes.follow(
                    jobId,
                    job -> send(output, rendering.apply(job)),
                    () -> send(output, stillHere),
                    hungUp);
        } catch (UncheckedIOException e) {
            // the caller hung up, which changes nothing
            throw e.getCause();
        }
    }

    private static void send(OutputStream output, String text) {
        try {
            output.write(text.getBytes(StandardCharsets.UTF_8));
            output.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
