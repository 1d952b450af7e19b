package org.lifeos.backup.worker.tool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.lifeos.backup.worker.job.Attempt;

/**
 * The fastest way back from gzip on this machine: igzip (ISA-L), which takes a quarter of the time,
 * else the JDK's own. What may be damaged, or somebody else's, is better read by the JDK, which
 * tells what is wrong with it.
 */
public sealed interface Decompressor {

    /**
     * What another stream holds, decompressed while it is read. Closing it closes the other.
     *
     * @throws IOException when the bytes are not gzip, as reading may
     */
    InputStream of(InputStream compressed, Attempt attempt) throws IOException;

    static Decompressor best() {
        return InstalledProgram.of("igzip")
                .<Decompressor>map(path -> new Program(path, List.of("-d", "-c")))
                .orElseGet(InProcess::new);
    }

    /** A program that decompresses from its standard input to its standard output. */
    record Program(Path path, List<String> arguments) implements Decompressor {
        @Override
        public InputStream of(InputStream compressed, Attempt attempt) {
            return new DecompressorProcess(this, compressed, attempt);
        }
    }

    /** Needs no program. */
    record InProcess() implements Decompressor {
        private static final int BUFFER = 1 << 18;

        @Override
        public InputStream of(InputStream compressed, Attempt attempt) throws IOException {
            return new GZIPInputStream(compressed, BUFFER);
        }
    }
}
