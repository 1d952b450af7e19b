package org.lifeos.backup.worker.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lifeos.backup.testing.Eventually.eventually;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.testing.AttemptBench;

class DecompressorTest {
    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir Path folder;

    /** Those of this machine. */
    static List<Decompressor> decompressors() {
        return Stream.of(Decompressor.best(), new Decompressor.InProcess()).distinct().toList();
    }

    @Test
    void igzipIsTakenWhereItIsInstalled() {
        assertThat(Decompressor.best() instanceof Decompressor.Program)
                .isEqualTo(InstalledProgram.of("igzip").isPresent());
    }

    @ParameterizedTest
    @MethodSource("decompressors")
    void whatWasCompressedComesBack(Decompressor decompressor) throws Exception {
        for (byte[] content : List.of(new byte[0], "a".getBytes(UTF_8), threeMegabytes())) {
            assertThat(read(decompressor, new ByteArrayInputStream(gzip(content))))
                    .isEqualTo(content);
        }
    }

    @ParameterizedTest
    @MethodSource("decompressors")
    void fileThatEndsInItsMiddleIsNeverAWholeOne(Decompressor decompressor) throws Exception {
        byte[] whole = gzip(threeMegabytes());
        for (int length : List.of(20, whole.length / 2, whole.length - 9, whole.length - 1)) {
            byte[] part = Arrays.copyOf(whole, length);

            assertThatThrownBy(() -> read(decompressor, new ByteArrayInputStream(part)))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOfAny(IOException.class, ProblemException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("decompressors")
    void changedByteIsNoticed(Decompressor decompressor) throws Exception {
        byte[] changed = gzip(threeMegabytes());
        changed[changed.length / 2] ^= 1;

        assertThatThrownBy(() -> read(decompressor, new ByteArrayInputStream(changed)))
                .isInstanceOfAny(IOException.class, ProblemException.class);
    }

    @ParameterizedTest
    @MethodSource("decompressors")
    void diskThatFailsIsWhatIsThrown(Decompressor decompressor) throws Exception {
        byte[] whole = gzip(threeMegabytes());
        IOException failure = new IOException("Input/output error");
        InputStream compressed =
                new SequenceInputStream(
                        new ByteArrayInputStream(whole, 0, whole.length / 2),
                        new BrokenDisk(failure));

        assertThatThrownBy(() -> read(decompressor, compressed)).isSameAs(failure);
    }

    @Test
    void programThatIsKilledAfterItsLastByteIsAFailure() {
        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class,
                        () -> read(script("cat; kill -9 $$"), bytes("all of it")));

        assertThat(problem.code()).isEqualTo(ProblemCode.COMPRESSOR_FAILED);
        assertThat(problem.detail()).contains("was killed", "137");
    }

    @Test
    void programThatTakesNotAllIsAFailureThoughItSaysThatAllIsWell() {
        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class,
                        () ->
                                read(
                                        script("head -c 10; exec 0<&-"),
                                        new ByteArrayInputStream(threeMegabytes())));

        assertThat(problem.code()).isEqualTo(ProblemCode.COMPRESSOR_FAILED);
    }

    @Test
    void programThatFailsIsQuotedWithoutSecrets() {
        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class,
                        () ->
                                read(
                                        script(
                                                "cat; echo 'no memory for %s' >&2; exit 3"
                                                        .formatted(AttemptBench.SECRET)),
                                        bytes("all of it")));

        assertThat(problem.code()).isEqualTo(ProblemCode.COMPRESSOR_FAILED);
        assertThat(problem.detail()).contains("exit code 3", "no memory for ***");
    }

    @Test
    void closedInTheMiddleTheProgramIsGone() throws Exception {
        Path pid = folder.resolve("pid");
        try (InputStream _ =
                script("echo $$ > %s.new; mv %s.new %s; exec cat".formatted(pid, pid, pid))
                        .of(new ByteArrayInputStream(threeMegabytes()), BENCH.begin())) {
            eventually(Duration.ofSeconds(10), () -> Files.exists(pid), there -> there);
        }

        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))).isNotPresent();
    }

    @Test
    @Timeout(30)
    void programThatIsFrozenIsEndedAllTheSame() throws Exception {
        Path pid = folder.resolve("pid");
        try (InputStream _ =
                script("echo $$ > %s.new; mv %s.new %s; kill -STOP $$".formatted(pid, pid, pid))
                        .of(new ByteArrayInputStream(threeMegabytes()), BENCH.begin())) {
            eventually(Duration.ofSeconds(10), () -> Files.exists(pid), there -> there);
        }

        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))).isNotPresent();
    }

    private static byte[] read(Decompressor decompressor, InputStream compressed)
            throws IOException {
        try (InputStream text = decompressor.of(compressed, BENCH.begin())) {
            return text.readAllBytes();
        }
    }

    private static Decompressor script(String script) {
        return new Decompressor.Program(Path.of("/bin/sh"), List.of("-c", script));
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    private static byte[] threeMegabytes() {
        byte[] content = new byte[3 << 20];
        byte[] noise = new byte[2 << 20];
        new Random(42).nextBytes(noise);
        System.arraycopy(noise, 0, content, 0, noise.length);
        return content;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }

    private static final class BrokenDisk extends InputStream {
        private final IOException failure;

        BrokenDisk(IOException failure) {
            this.failure = failure;
        }

        @Override
        public int read() throws IOException {
            throw failure;
        }
    }
}
