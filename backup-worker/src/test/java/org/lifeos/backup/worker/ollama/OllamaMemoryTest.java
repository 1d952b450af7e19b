package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.testing.OllamaStandIn;

/** What a server says without end does not fill the worker's memory. */
class OllamaMemoryTest {
    private static final OllamaBench BENCH = new OllamaBench();
    private static final int MEBIBYTE = 1 << 20;
    private static final int LINE_MEBIBYTES = 64;

    @TempDir Path home;
    private OllamaStandIn server;

    @BeforeEach
    void begin() {
        BENCH.begin(home);
        server = BENCH.server;
        server.has("m:1b", "a", 100);
        BENCH.save();
        server.losesAll();
    }

    @AfterEach
    void end() {
        BENCH.end();
    }

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    @Test
    void lineOf64MebibytesWithoutAnEndIsGivenUpAtItsLimit() {
        byte[] piece = new byte[MEBIBYTE];
        Arrays.fill(piece, (byte) 'x');
        AtomicLong sent = new AtomicLong();
        server.pull(
                "m:1b",
                pull -> {
                    pull.status("pulling manifest");
                    for (int i = 0; i < LINE_MEBIBYTES; i++) {
                        pull.raw(piece);
                        sent.addAndGet(piece.length);
                    }
                });
        long before = usedAfterCollection();

        RestoredModel model = BENCH.restoreOne();

        assertThat(model.outcome()).isEqualTo(ModelOutcome.FAILED);
        assertThat(model.detail()).contains("longer than 1,048,576 bytes").hasSizeLessThan(2048);
        // in three tries together: what fits into the sockets' buffers goes beyond the limit
        assertThat(sent.get()).isLessThan((long) LINE_MEBIBYTES * MEBIBYTE);
        assertThat(usedAfterCollection() - before).isLessThan(8L * MEBIBYTE);
    }

    @Test
    void pullReadsALongLineWithALittleMemory() throws Exception {
        byte[] piece = new byte[MEBIBYTE];
        Arrays.fill(piece, (byte) 'x');
        server.pull(
                "m:1b",
                pull -> {
                    for (int i = 0; i < LINE_MEBIBYTES; i++) {
                        pull.raw(piece);
                    }
                });
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (OllamaServer ollama = new OllamaServer(BENCH.settings())) {
            PullCall call = new PullCall(ollama, _ -> {});
            long before = threads.getCurrentThreadAllocatedBytes();

            PullCall.End end =
                    call.run(org.lifeos.backup.ollama.ModelName.of("m:1b").orElseThrow());

            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(end.failure().kind()).isEqualTo(FailureClass.GARBLED);
            assertThat(allocated).isLessThan(12L * MEBIBYTE);
        }
    }

    @Test
    void errorOfTwoMegabytesIsCutShort() {
        server.pull(
                "m:1b", pull -> pull.line("{\"error\":\"<html>" + "y".repeat(2_000_000) + "\"}"));

        assertThat(BENCH.restoreOne().detail()).hasSizeLessThan(2048);
    }

    @Test
    void errorThatFitsIntoALineIsCutShortToo() {
        server.pull(
                "m:1b",
                pull ->
                        pull.line(
                                "{\"error\":\"http: no Location header in response "
                                        + "y".repeat(500_000)
                                        + "\"}"));

        RestoredModel model = BENCH.restoreOne();

        assertThat(model.attempts()).isEqualTo(1);
        assertThat(model.detail()).contains("no Location header").hasSizeLessThan(2048);
    }

    private static long usedAfterCollection() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
