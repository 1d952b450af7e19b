package org.lifeos.backup.worker.backup;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.PartialBackup.HashedOutput;
import org.lifeos.backup.worker.storage.StorageFailure;
import org.lifeos.backup.worker.tool.CompressingStream;
import org.lifeos.backup.worker.tool.Compressor;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * pg_dump, read while it flows to the compressor, into the partial file. It ends well only when
 * every process of it ended with 0 and the dump's own end marker went by: a compressor whose feeder
 * dies ends with 0 and a valid file.
 */
final class DumpPipeline {
    private static final int BUFFER = 1 << 18;

    private final Attempt attempt;
    private final ToolProcess dump;
    private final Compressor compressor;
    private final HashedOutput file;
    private final Duration longestSilence;

    DumpPipeline(
            Attempt attempt,
            ToolProcess dump,
            Compressor compressor,
            HashedOutput file,
            Duration longestSilence) {
        this.attempt = attempt;
        this.dump = dump;
        this.compressor = compressor;
        this.file = file;
        this.longestSilence = longestSilence;
    }

    /**
     * @throws ProblemException when any part of it failed; then the file is worth nothing
     */
    DumpSummary run() {
        PlainDumpReader reader = new PlainDumpReader();
        try (SilenceWatch silence = new SilenceWatch(longestSilence, dump::end);
                CompressingStream compressing = compressor.into(file.stream(), attempt)) {
            pump(reader, silence, compressing);
            requireGoodEnd(silence);
            compressing.finish();
        } catch (IOException e) {
            attempt.checkpoint();
            throw StorageFailure.of(file.path(), e);
        } catch (ProblemException e) {
            // what was stopped on purpose fails in every way; the reason to stop is the one that
            // counts
            attempt.checkpoint();
            throw e;
        }
        attempt.checkpoint();
        DumpSummary summary = reader.finish();
        if (!summary.complete()) {
            throw new ProblemException(
                    ProblemCode.DUMP_INCOMPLETE,
                    "pg_dump ended with exit code 0, but %s."
                            .formatted(summary.incompleteReason().orElseThrow()));
        }
        return summary;
    }

    private void pump(PlainDumpReader reader, SilenceWatch silence, CompressingStream compressing)
            throws IOException {
        byte[] buffer = new byte[BUFFER];
        InputStream output = dump.output();
        long done = 0;
        while (true) {
            silence.begins();
            int length = read(output, buffer);
            silence.ends();
            if (length < 0) {
                return;
            }
            reader.accept(buffer, 0, length);
            compressing.write(buffer, 0, length);
            done += length;
            attempt.progress(
                    new Progress("dump", done, null, null, "%,d bytes read".formatted(done)));
        }
    }

    /** What pg_dump's pipe fails with, its exit code tells better. */
    private static int read(InputStream output, byte[] buffer) {
        try {
            return output.read(buffer);
        } catch (IOException e) {
            return -1;
        }
    }

    private void requireGoodEnd(SilenceWatch silence) {
        int exitCode = dump.await();
        attempt.checkpoint();
        if (silence.wasTooLong()) {
            throw new ProblemException(
                    ProblemCode.DUMP_STALLED,
                    "pg_dump sent no byte for %d seconds.".formatted(longestSilence.toSeconds()));
        }
        if (exitCode != 0) {
            throw DumpFailures.of(dump, exitCode, ProblemCode.DUMP_FAILED);
        }
    }
}
