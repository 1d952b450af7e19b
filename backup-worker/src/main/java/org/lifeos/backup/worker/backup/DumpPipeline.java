package org.lifeos.backup.worker.backup;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.Supplier;
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
import org.lifeos.backup.worker.tool.ToolFailures;
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
    private final Patience patience;
    private final Pace pace;

    /**
     * How long a part of the pipeline may do nothing.
     *
     * @param silence without a byte of pg_dump
     * @param compressor without taking a byte
     */
    record Patience(Duration silence, Duration compressor) {}

    DumpPipeline(
            Attempt attempt,
            ToolProcess dump,
            Compressor compressor,
            HashedOutput file,
            Patience patience,
            Pace pace) {
        this.attempt = attempt;
        this.dump = dump;
        this.compressor = compressor;
        this.file = file;
        this.patience = patience;
        this.pace = pace;
    }

    /**
     * @throws ProblemException when any part of it failed; then the file is worth nothing
     */
    DumpSummary run() {
        PlainDumpReader reader = new PlainDumpReader();
        try (CompressingStream compressing = compressor.into(file.stream(), attempt);
                SilenceWatch silence = new SilenceWatch(patience.silence(), dump::end);
                SilenceWatch standstill =
                        new SilenceWatch(patience.compressor(), compressing::close)) {
            try {
                pump(reader, silence, compressing, standstill);
                requireGoodEnd(silence);
                standstill.begins();
                compressing.finish();
                standstill.ends();
            } catch (IOException | ProblemException e) {
                attempt.checkpoint();
                requireProgress(standstill, e);
                throw e;
            }
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

    private void pump(
            PlainDumpReader reader,
            SilenceWatch silence,
            CompressingStream compressing,
            SilenceWatch standstill)
            throws IOException {
        byte[] buffer = new byte[BUFFER];
        InputStream output = dump.output();
        long done = 0;
        long begun = System.nanoTime();
        while (true) {
            silence.begins();
            int length = read(output, buffer);
            silence.ends();
            if (length < 0) {
                return;
            }
            reader.accept(buffer, 0, length);
            standstill.begins();
            compressing.write(buffer, 0, length);
            standstill.ends();
            done += length;
            pace.await(done, begun, attempt::checkpoint);
            attempt.progress(progress(done));
        }
    }

    private static Supplier<Progress> progress(long done) {
        return () -> new Progress("dump", done, null, null, "%,d bytes read".formatted(done));
    }

    /** What pg_dump's pipe fails with, its exit code tells better. */
    private static int read(InputStream output, byte[] buffer) {
        try {
            return output.read(buffer);
        } catch (IOException e) {
            return -1;
        }
    }

    private void requireProgress(SilenceWatch standstill, Exception cause) {
        if (standstill.wasTooLong()) {
            throw new ProblemException(
                    ProblemCode.COMPRESSOR_FAILED,
                    "%s took no byte for %d seconds."
                            .formatted(compressor.name(), patience.compressor().toSeconds()),
                    cause);
        }
    }

    private void requireGoodEnd(SilenceWatch silence) {
        // it may have said all and still not end
        silence.begins();
        int exitCode = dump.await();
        silence.ends();
        attempt.checkpoint();
        if (silence.wasTooLong()) {
            throw new ProblemException(
                    ProblemCode.DUMP_STALLED,
                    "pg_dump sent no byte for %d seconds."
                            .formatted(patience.silence().toSeconds()));
        }
        if (exitCode != 0) {
            throw ToolFailures.of(dump, exitCode, ProblemCode.DUMP_FAILED);
        }
    }
}
