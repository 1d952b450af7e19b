package org.lifeos.backup.worker.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lifeos.backup.testing.Eventually.eventually;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.testing.AttemptBench;

class CompressorTest {
    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir Path folder;

    /** Those of this machine. */
    static List<Compressor> compressors() {
        return Stream.concat(
                        Stream.of("igzip", "pigz").flatMap(CompressorTest::installed),
                        Stream.of(new Compressor.InProcess()))
                .toList();
    }

    private static Stream<Compressor> installed(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .limit(1)
                .map(path -> new Compressor.Program(program, path, List.of("-c")));
    }

    @Test
    void fastestInstalledOneIsTaken() {
        assertThat(Compressor.best().name()).isEqualTo(compressors().getFirst().name());
    }

    @ParameterizedTest
    @MethodSource("compressors")
    void gunzipReadsWhatComesOut(Compressor compressor) throws Exception {
        for (byte[] content : List.of(new byte[0], "a".getBytes(UTF_8), twoMegabytes())) {
            Path file = folder.resolve("content.gz");
            try (OutputStream out = Files.newOutputStream(file);
                    CompressingStream compressing = compressor.into(out, BENCH.begin())) {
                for (int at = 0; at < content.length; at += 100_000) {
                    compressing.write(content, at, Math.min(100_000, content.length - at));
                }
                compressing.finish();
            }

            assertThat(gunzip(file)).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @MethodSource("compressors")
    void failureOfTheFileIsWhatIsThrownAndNotTheBrokenPipeBehindIt(Compressor compressor)
            throws Exception {
        IOException full = new IOException("No space left on device");
        try (CompressingStream compressing =
                compressor.into(new FullAfter(64 << 10, full), BENCH.begin())) {
            assertThatThrownBy(
                            () -> {
                                byte[] content = twoMegabytes();
                                for (int i = 0; i < 20; i++) {
                                    compressing.write(content, 0, content.length);
                                }
                                compressing.finish();
                            })
                    .isSameAs(full);
        }
    }

    @ParameterizedTest
    @MethodSource("compressors")
    void fullDiskNoticedAtTheFirstByteIsThrownAsWell(Compressor compressor) {
        IOException full = new IOException("No space left on device");
        assertThatThrownBy(
                        () -> {
                            try (CompressingStream compressing =
                                    compressor.into(new FullAfter(0, full), BENCH.begin())) {
                                compressing.write('a');
                                compressing.finish();
                            }
                        })
                .isSameAs(full);
    }

    @Test
    void killedCompressorIsAFailureThoughItsFeederGoesOn() throws Exception {
        try (CompressingStream compressing =
                script("head -c 1000 >/dev/null; kill -9 $$")
                        .into(new ByteArrayOutputStream(), BENCH.begin())) {
            ProblemException problem = failure(() -> writeAndFinish(compressing, twoMegabytes()));

            assertThat(problem.code()).isEqualTo(ProblemCode.COMPRESSOR_FAILED);
            assertThat(problem.detail()).contains("was killed", "137");
        }
    }

    @Test
    void compressorKilledAfterItsLastByteIsAFailure() throws Exception {
        try (CompressingStream compressing =
                script("cat; kill -9 $$").into(new ByteArrayOutputStream(), BENCH.begin())) {
            ProblemException problem = failure(() -> writeAndFinish(compressing, new byte[10]));

            assertThat(problem.code()).isEqualTo(ProblemCode.COMPRESSOR_FAILED);
        }
    }

    @Test
    void compressorThatFailsIsQuotedWithoutSecrets() throws Exception {
        try (CompressingStream compressing =
                script(
                                "cat >/dev/null; echo 'no memory for %s' >&2; exit 3"
                                        .formatted(AttemptBench.SECRET))
                        .into(new ByteArrayOutputStream(), BENCH.begin())) {
            ProblemException problem = failure(() -> writeAndFinish(compressing, new byte[10]));

            assertThat(problem.code()).isEqualTo(ProblemCode.COMPRESSOR_FAILED);
            assertThat(problem.detail()).contains("exit code 3", "no memory for ***");
        }
    }

    @Test
    void closedWithoutAnEndTheCompressorIsGone() throws Exception {
        Path pid = folder.resolve("pid");
        try (CompressingStream _ =
                script("echo $$ > %s.new; mv %s.new %s; exec cat".formatted(pid, pid, pid))
                        .into(new ByteArrayOutputStream(), BENCH.begin())) {
            eventually(Duration.ofSeconds(10), () -> Files.exists(pid), there -> there);
        }

        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))).isNotPresent();
    }

    private static void writeAndFinish(CompressingStream compressing, byte[] content)
            throws IOException {
        compressing.write(content, 0, content.length);
        compressing.finish();
    }

    private static ProblemException failure(ThrowingCallable work) {
        return catchThrowableOfType(ProblemException.class, work);
    }

    private static Compressor script(String script) {
        return new Compressor.Program("script", Path.of("/bin/sh"), List.of("-c", script));
    }

    /** Half of it compresses well, half of it not at all. */
    private static byte[] twoMegabytes() {
        byte[] content = new byte[2 << 20];
        byte[] noise = new byte[1 << 20];
        new Random(42).nextBytes(noise);
        System.arraycopy(noise, 0, content, 0, noise.length);
        return content;
    }

    private byte[] gunzip(Path file) throws Exception {
        Path plain = folder.resolve("plain");
        Process gunzip =
                new ProcessBuilder("gunzip", "-c", file.toString())
                        .redirectOutput(plain.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        assertThat(gunzip.waitFor()).isZero();
        return Files.readAllBytes(plain);
    }

    /** A file on a disk that has no more room after so many bytes. */
    private static final class FullAfter extends OutputStream {
        private final IOException failure;
        private long room;

        FullAfter(long room, IOException failure) {
            this.room = room;
            this.failure = failure;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            room -= length;
            if (room < 0) {
                throw failure;
            }
        }
    }
}
