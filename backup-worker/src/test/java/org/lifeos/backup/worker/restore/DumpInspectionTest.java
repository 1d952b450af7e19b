package org.lifeos.backup.worker.restore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.testing.AttemptBench;
import org.lifeos.backup.worker.tool.PostgresTools;

/** No server is at hand here: damage is found without one. */
class DumpInspectionTest {
    private static final PostgresTools TOOLS = PostgresTools.forServer(0);

    private static final int CASES = 100;

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir private Path folder;

    /** Several members, as a parallel compressor writes them. */
    private static byte[] members(int... lengths) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (int length : lengths) {
            file.writeBytes(RestoreBench.gzip(rows(length).getBytes(UTF_8)));
        }
        file.writeBytes(
                RestoreBench.gzip(
                        "\n--\n-- PostgreSQL database dump complete\n--\n\n".getBytes(UTF_8)));
        return file.toByteArray();
    }

    private static String rows(int length) {
        Random random = new Random(length);
        StringBuilder sql = new StringBuilder("COPY public.a (n) FROM stdin;\n");
        for (int row = 0; row < length; row++) {
            sql.append(random.nextLong()).append('\n');
        }
        return sql.append("\\.\n").toString();
    }

    @Test
    void wholeDumpIsReadInAllItsMembers() {
        DumpInspection inspection =
                DumpInspection.strict(BENCH.begin(), TOOLS, bench().stored(members(200, 300, 400)));
        assertThat(inspection.summary().complete()).isTrue();
        assertThat(inspection.summary().tables())
                .singleElement()
                .extracting("rows")
                .isEqualTo(900L);
    }

    @Test
    void everyDamageIsFoundBeforeAServerIsTouched() {
        byte[] whole = members(200, 300, 400);
        byte[] other = members(200, 300, 401);
        int first = RestoreBench.gzip(rows(200).getBytes(UTF_8)).length;
        int second = first + RestoreBench.gzip(rows(300).getBytes(UTF_8)).length;
        int third = second + RestoreBench.gzip(rows(400).getBytes(UTF_8)).length;
        int[] boundaries = {0, first, second, third, whole.length - 1};
        Attempt attempt = BENCH.begin();
        int found = 0;
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            byte[] damaged =
                    switch (seed % 6) {
                        case 0 -> flipped(whole, random);
                        case 1 -> Arrays.copyOf(whole, random.nextInt(whole.length));
                        case 2 -> Arrays.copyOf(whole, boundaries[seed / 6 % boundaries.length]);
                        case 3 -> joined(whole, garbage(random));
                        case 4 -> joined(whole, RestoreBench.gzip("SELECT 1;\n".getBytes(UTF_8)));
                        default -> seed % 12 == 5 ? other : without(whole, first, second);
                    };
            StoredDump dump = bench().stored(damaged, whole);
            ProblemException problem =
                    catchThrowableOfType(
                            ProblemException.class,
                            () -> DumpInspection.strict(attempt, TOOLS, dump));
            assertThat(problem).as("seed %d", seed).isNotNull();
            assertThat(problem.code()).as("seed %d", seed).isEqualTo(ProblemCode.BACKUP_CORRUPT);
            assertThat(problem.detail()).contains(dump.path().getFileName().toString());
            found++;
        }
        System.out.printf("%d of %d damaged dumps found%n", found, CASES);
        assertThat(found).isEqualTo(CASES);
    }

    @Test
    void damageIsToleratedAsFarAsTheDumpCanBeRead() {
        byte[] whole = members(200, 300);
        byte[] cut = Arrays.copyOf(whole, whole.length - 60);
        DumpInspection inspection =
                DumpInspection.tolerant(BENCH.begin(), TOOLS, bench().stored(cut, whole));
        assertThat(inspection.summary().complete()).isFalse();
        assertThat(inspection.summary().tables()).isNotEmpty();
    }

    @Test
    void fileThatIsGoneIsMissingAndNotCorrupt() {
        StoredDump dump = bench().stored(members(1));
        StoredDump gone =
                new StoredDump(folder.resolve("gone.sql.gz"), dump.roles(), dump.expected());
        assertThat(
                        catchThrowableOfType(
                                        ProblemException.class,
                                        () -> DumpInspection.strict(BENCH.begin(), TOOLS, gone))
                                .code())
                .isEqualTo(ProblemCode.BACKUP_FILE_MISSING);
    }

    private RestoreBench bench() {
        return new RestoreBench(PostgresServer.shared(), folder);
    }

    private static byte[] flipped(byte[] whole, Random random) {
        byte[] damaged = whole.clone();
        damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
        return damaged;
    }

    private static byte[] garbage(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(100)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] joined(byte[] some, byte[] more) {
        byte[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    private static byte[] without(byte[] whole, int from, int to) {
        return joined(Arrays.copyOf(whole, from), Arrays.copyOfRange(whole, to, whole.length));
    }
}
