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
 * A compressor between two streams. A thread of its own feeds it, because a program that compresses
 * a piece takes no bytes meanwhile, and whoever writes has other work to do. Another takes the
 * compressed bytes; what it fails with (a full disk) is what writing and closing fail with, because
 * the broken pipe that follows tells nobody anything.
 */
final class CompressorProcess extends CompressingStream {
    private static final int BUFFER = 1 << 18;
    private static final int AHEAD = 4 << 20;

    private final ToolProcess process;
    private final OutputStream compressed;
    private final ByteRing ahead = new ByteRing(AHEAD);
    private final Thread feed;
    private final Thread drain;
    private volatile IOException feedFailure;
    private volatile IOException drainFailure;

    CompressorProcess(Compressor.Program program, OutputStream compressed, Attempt attempt) {
        List<String> command = new ArrayList<>();
        command.add(program.path().toString());
        command.addAll(program.arguments());
        this.process = ToolProcess.start(attempt, command, ToolEnvironment.plain());
        this.compressed = compressed;
        this.feed = Thread.ofPlatform().name(program.name() + "-stdin").daemon().start(this::feed);
        this.drain =
                Thread.ofPlatform().name(program.name() + "-stdout").daemon().start(this::drain);
    }

    private void feed() {
        try (OutputStream input = process.input()) {
            ahead.drainTo(input);
        } catch (IOException e) {
            feedFailure = e;
        }
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
        if (!ahead.put(bytes, offset, length)) {
            requireGoodEnd();
            throw failed(process.await());
        }
    }

    @Override
    public void finish() throws IOException {
        ahead.end();
        requireGoodEnd();
    }

    /** The drain's failure where there is one, else that the compressor ended before its input. */
    private void requireGoodEnd() throws IOException {
        int exitCode = process.await();
        join(feed);
        join(drain);
        if (drainFailure != null) {
            throw drainFailure;
        }
        if (exitCode != 0 || feedFailure != null) {
            throw failed(exitCode);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while compressing", e);
        }
    }

    private ProblemException failed(int exitCode) {
        return process.failed(ProblemCode.COMPRESSOR_FAILED, exitCode, feedFailure);
    }

    /** Gives up; whoever waits in another thread fails. */
    @Override
    public void close() {
        ahead.breaks();
        process.close();
    }
}
