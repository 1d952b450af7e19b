package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TableHashTest {
    private static final String EMPTY = "0".repeat(32);

    @Test
    void orderOfRowsAndColumnsDoesNotCount() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            List<String> columns = new ArrayList<>(List.of("a", "\"B \"\"x\"\", (\"", "größe"));
            List<List<String>> rows = randomRows(random, columns.size());
            String before = hashOf(copy(columns, rows), random);

            Collections.shuffle(rows, random);
            List<Integer> places = new ArrayList<>(List.of(0, 1, 2));
            Collections.shuffle(places, random);
            List<String> otherColumns = places.stream().map(columns::get).toList();
            List<List<String>> otherRows =
                    rows.stream().map(row -> places.stream().map(row::get).toList()).toList();

            assertThat(hashOf(copy(otherColumns, otherRows), random))
                    .as("seed %d", seed)
                    .isEqualTo(before);
        }
    }

    @Test
    void anyChangedValueCounts() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            List<String> columns = List.of("a", "b", "c");
            List<List<String>> rows = randomRows(random, columns.size());
            rows.add(List.of("1", "2", "3"));
            String before = hashOf(copy(columns, rows), random);

            int row = random.nextInt(rows.size());
            int column = random.nextInt(columns.size());
            List<String> changed = new ArrayList<>(rows.get(row));
            changed.set(column, randomOther(random, changed.get(column)));
            rows.set(row, changed);

            assertThat(hashOf(copy(columns, rows), random))
                    .as("seed %d", seed)
                    .isNotEqualTo(before);
        }
    }

    @Test
    void everyByteOfALongValueCounts() {
        char[] text = "0123456789".repeat(10).toCharArray();
        String before = hashOf("(a) FROM stdin;\n" + new String(text) + "\n");
        for (int at = 0; at < text.length; at++) {
            char was = text[at];
            text[at] = 'x';
            assertThat(hashOf("(a) FROM stdin;\n" + new String(text) + "\n"))
                    .as("byte %d", at)
                    .isNotEqualTo(before);
            text[at] = was;
        }
    }

    @Test
    void whereAValueStandsCounts() {
        assertDiffer("(a, b) FROM stdin;\n1\t2\n", "(a, b) FROM stdin;\n2\t1\n");
        assertDiffer("(a, b) FROM stdin;\n1\t2\n3\t4\n", "(a, b) FROM stdin;\n1\t4\n3\t2\n");
        assertDiffer("(a, b) FROM stdin;\n1\t\n", "(a, b) FROM stdin;\n\t1\n");
        assertDiffer("(a, b) FROM stdin;\n12\t3\n", "(a, b) FROM stdin;\n1\t23\n");
        assertDiffer("(a) FROM stdin;\n1\n", "(b) FROM stdin;\n1\n");
    }

    @Test
    void whatLooksAlikeDiffers() {
        assertDiffer("(a) FROM stdin;\n\n", "(a) FROM stdin;\n\\N\n");
        assertDiffer("(a) FROM stdin;\n\\N\n", "(a) FROM stdin;\n\\\\N\n");
        assertDiffer("(a) FROM stdin;\n\\\\.\n", "(a) FROM stdin;\n\n");
        assertDiffer("(a) FROM stdin;\n\\\\.\n", "(a) FROM stdin;\n.\n");
        assertDiffer("(a) FROM stdin;\n\0\n", "(a) FROM stdin;\n\n");
    }

    @Test
    void rowThatIsThereTwiceCountsTwice() {
        assertDiffer("(a) FROM stdin;\n1\n1\n", "(a) FROM stdin;\n1\n");
        assertDiffer("(a) FROM stdin;\n1\n1\n", "(a) FROM stdin;\n1\n1\n1\n");
        assertDiffer("(a) FROM stdin;\n1\n1\n", "(a) FROM stdin;\n2\n2\n");
    }

    @Test
    void rowsWithoutColumnsCount() {
        assertThat(hashOf(" FROM stdin;\n")).isEqualTo(EMPTY);
        assertDiffer(" FROM stdin;\n", " FROM stdin;\n\n");
        assertDiffer(" FROM stdin;\n\n", " FROM stdin;\n\n\n");
        assertDiffer(" FROM stdin;\n\n", "(a) FROM stdin;\n\n");
    }

    @Test
    void quotesOfAColumnDoNotCountButItsNameDoes() {
        assertThat(hashOf("(\"a\") FROM stdin;\n1\n")).isEqualTo(hashOf("(a) FROM stdin;\n1\n"));
        assertDiffer("(\"a, b\") FROM stdin;\n1\n", "(a, b) FROM stdin;\n1\n");
        assertDiffer("(\"a\"\"\") FROM stdin;\n1\n", "(\"a\") FROM stdin;\n1\n");
        assertDiffer("(\"a b\") FROM stdin;\n1\n", "(ab) FROM stdin;\n1\n");
    }

    private static List<List<String>> randomRows(Random random, int columns) {
        List<List<String>> rows = new ArrayList<>();
        for (int count = random.nextInt(8); count > 0; count--) {
            List<String> row = new ArrayList<>();
            for (int column = 0; column < columns; column++) {
                row.add(randomValue(random));
            }
            rows.add(row);
        }
        return rows;
    }

    private static String randomValue(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> "";
            case 1 -> "\\N";
            case 2 -> "\\\\.";
            case 3 -> String.valueOf(random.nextInt(5));
            case 4 -> "long " + "é😀\\t".repeat(random.nextInt(20));
            default -> Long.toString(random.nextLong());
        };
    }

    private static String randomOther(Random random, String value) {
        String other = randomValue(random);
        return other.equals(value) ? value + "x" : other;
    }

    private static String copy(List<String> columns, List<List<String>> rows) {
        StringBuilder copy =
                new StringBuilder("(" + String.join(", ", columns) + ") FROM stdin;\n");
        rows.forEach(row -> copy.append(String.join("\t", row)).append('\n'));
        return copy.toString();
    }

    private static void assertDiffer(String one, String other) {
        assertThat(hashOf(one)).isNotEqualTo(hashOf(other));
    }

    private static String hashOf(String copy) {
        return hashOf(copy, new Random(0));
    }

    /** In pieces, so that values are cut everywhere. */
    private static String hashOf(String copy, Random random) {
        byte[] dump = ("COPY public.t " + copy + "\\.\n").getBytes(UTF_8);
        DumpSummary whole = DumpReading.read(dump);
        assertThat(DumpReading.readInRandomPieces(dump, random)).isEqualTo(whole);
        return whole.tables().getFirst().hash();
    }
}
