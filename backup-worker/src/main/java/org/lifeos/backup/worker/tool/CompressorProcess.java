package org.lifeos.backup.worker.tool;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;

/**
 * A compressor between two streams. A thread of its own takes the compressed bytes; what it fails
 * with (a full disk) is what writing and closing fail with, because the broken pipe that follows
 * tells nobody anything.
 */
final class CompressorProcess extends CompressingStream {
    private static final int BUFFER = 1 << 18;

    private final ToolProcess process;
    private final OutputStream compressed;
    private final Thread drain;
    private volatile IOException drainFailure;

    CompressorProcess(Compressor.Program program, OutputStream compressed, Attempt attempt) {
        List<String> command = new ArrayList<>();
        command.add(program.path().toString());
        command.addAll(program.arguments());
        this.process = ToolProcess.start(attempt, command, ToolEnvironment.plain());
        this.compressed = compressed;
        this.drain =
                Thread.ofPlatform().name(program.name() + "-stdout").daemon().start(this::drain);
    }

    private void drain() {
        byte[] buffer = new byte[BUFFER];
        try (InputStream output = process.output()) {
            int length;
            while ((length = output.read(buffer)) >= 0) {
                compressed.write(buffer, 0, length);
            }
        } catch (IOException e) {
            drainFailure = e;
            process.end();
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            process.input().write(bytes, offset, length);
        } catch (IOException e) {
            throw causeOf(e);
        }
    }

    /** The drain's failure where there is one, else that the compressor ended. */
    private IOException causeOf(IOException brokenPipe) throws IOException {
        int exitCode = awaitEnd();
        if (drainFailure != null) {
            return drainFailure;
        }
        throw failed(exitCode, brokenPipe);
    }

    @Override
    public void finish() throws IOException {
        IOException atClose = null;
        try {
            process.input().close();
        } catch (IOException e) {
            atClose = e;
        }
        int exitCode = awaitEnd();
        if (drainFailure != null) {
            throw drainFailure;
        }
        if (exitCode != 0 || atClose != null) {
            throw failed(exitCode, atClose);
        }
    }

    private int awaitEnd() {
        int exitCode = process.await();
        try {
            drain.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while compressing", e);
        }
        return exitCode;
    }

    private ProblemException failed(int exitCode, IOException cause) {
        String how = ToolProcess.wasKilled(exitCode) ? "was killed" : "failed";
        return new ProblemException(
                ProblemCode.COMPRESSOR_FAILED,
                "%s %s with exit code %d. %s"
                        .formatted(process.name(), how, exitCode, process.lastWords())
                        .strip(),
                cause);
    }

    @Override
    public void close() {
        process.close();
    }
}
