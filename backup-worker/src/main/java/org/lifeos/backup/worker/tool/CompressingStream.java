package org.lifeos.backup.worker.tool;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Compresses what is written to it. Only {@link #finish} completes the result; closing without it
 * gives it up.
 */
public abstract class CompressingStream extends OutputStream {

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public abstract void write(byte[] bytes, int offset, int length) throws IOException;

    /** Ends the compressed data and fails unless all of it went well. */
    public abstract void finish() throws IOException;

    @Override
    public abstract void close();
}
