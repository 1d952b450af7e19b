package org.lifeos.backup.worker.tool;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.lifeos.backup.worker.job.Attempt;

/** The fastest gzip there is on this machine: igzip (ISA-L), pigz, else the JDK's own. */
public sealed interface Compressor {

    /** What the manifest says of it, for example {@code igzip}. */
    String name();

    /** Begins to compress into another stream, which stays open. */
    CompressingStream into(OutputStream compressed, Attempt attempt) throws IOException;

    static Compressor best() {
        return Tool.IGZIP.installed().or(Tool.PIGZ::installed).orElseGet(InProcess::new);
    }

    /** A program that compresses from its standard input to its standard output. */
    record Program(String name, Path path, List<String> arguments) implements Compressor {
        @Override
        public CompressingStream into(OutputStream compressed, Attempt attempt) {
            return new CompressorProcess(this, compressed, attempt);
        }
    }

    /** Needs no program, and takes about as long as gzip. */
    record InProcess() implements Compressor {
        private static final int BUFFER = 1 << 16;

        @Override
        public String name() {
            return "java";
        }

        @Override
        public CompressingStream into(OutputStream compressed, Attempt attempt) throws IOException {
            GZIPOutputStream gzip = new GZIPOutputStream(compressed, BUFFER);
            return new CompressingStream() {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    gzip.write(bytes, offset, length);
                }

                @Override
                public void finish() throws IOException {
                    gzip.finish();
                }

                @Override
                public void close() {
                    // nothing runs, and the stream below is the caller's
                }
            };
        }
    }

    /** The programs that are looked for in PATH. */
    enum Tool {
        // its default is 2, which is a fifth faster; pg_dump is slower than both
        IGZIP("igzip", List.of("-c", "-3")),
        PIGZ("pigz", List.of("-c"));

        private final String program;
        private final List<String> arguments;

        Tool(String program, List<String> arguments) {
            this.program = program;
            this.arguments = arguments;
        }

        private Optional<Compressor> installed() {
            return InstalledProgram.of(program).map(path -> new Program(program, path, arguments));
        }
    }
}
