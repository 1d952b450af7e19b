package org.lifeos.backup.worker.tool;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.worker.job.Attempt;

/**
 * What comes out of a decompressor, fed by a thread of its own. It ends only after the program was
 * given all that there was and said that it was good; else the last read fails: with what reading
 * the compressed bytes failed with, where that was it, and else as a failure of the program.
 */
final class DecompressorProcess extends InputStream {
    private static final int BUFFER = 1 << 18;

    private final ToolProcess process;
    private final InputStream compressed;
    private final Attempt attempt;
    private final Thread feed;
    private volatile IOException readFailure;
    private volatile IOException feedFailure;

    DecompressorProcess(Decompressor.Program program, InputStream compressed, Attempt attempt) {
        List<String> command = new ArrayList<>();
        command.add(program.path().toString());
        command.addAll(program.arguments());
        this.compressed = compressed;
        this.attempt = attempt;
        this.process = ToolProcess.start(attempt, command, ToolEnvironment.plain());
        this.feed = Thread.ofPlatform().name(process.name() + "-stdin").daemon().start(this::feed);
    }

    private void feed() {
        byte[] buffer = new byte[BUFFER];
        try (OutputStream input = process.input()) {
            int length;
            while ((length = readCompressed(buffer)) >= 0) {
                input.write(buffer, 0, length);
            }
        } catch (IOException e) {
            feedFailure = e;
        }
    }

    private int readCompressed(byte[] buffer) throws IOException {
        try {
            return compressed.read(buffer);
        } catch (IOException e) {
            readFailure = e;
            process.end();
            throw e;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = process.output().read(buffer, offset, length);
        if (read < 0) {
            requireGoodEnd();
        }
        return read;
    }

    private void requireGoodEnd() throws IOException {
        int exitCode = process.await();
        join();
        attempt.checkpoint();
        if (readFailure != null) {
            throw readFailure;
        }
        if (exitCode != 0 || feedFailure != null) {
            throw process.failed(ProblemCode.COMPRESSOR_FAILED, exitCode, feedFailure);
        }
    }

    private void join() {
        try {
            feed.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while decompressing", e);
        }
    }

    /** Gives up what was not read. */
    @Override
    public void close() throws IOException {
        process.close();
        join();
        compressed.close();
    }
}
