package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.worker.dump.DumpReading.read;
import static org.lifeos.backup.worker.dump.DumpReading.readInPieces;
import static org.lifeos.backup.worker.dump.DumpReading.rows;
import static org.lifeos.backup.worker.dump.DumpReading.table;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlainDumpReaderTest {
    private static final String END =
            """
            --
            -- PostgreSQL database dump complete
            --

            """;

    @Test
    void rowsOfEachTableAreCounted() {
        DumpSummary summary =
                read(
                        """
                        COPY public.characters (id, name) FROM stdin;
                        1	Ada
                        2	Grace
                        \\.


                        COPY public.images (id) FROM stdin;
                        \\.

                        """
                                + END);

        assertThat(rows(summary))
                .containsExactly(table("public.characters", 2), table("public.images", 0));
        assertThat(summary.complete()).isTrue();
        assertThat(summary.incompleteReason()).isEmpty();
    }

    @Test
    void bytesAreThoseOfTheText() {
        assertThat(readInPieces(("-- é\n" + END).getBytes(UTF_8), 7).bytes())
                .isEqualTo(6 + END.length());
        assertThat(new PlainDumpReader().finish().bytes()).isZero();
    }

    @Test
    void nameIsTheTextOfTheDump() {
        assertThat(rows(read("COPY public.\"Odd \"\"Name\" (a) FROM stdin;\n\\.\n")))
                .containsExactly(table("public.\"Odd \"\"Name\"", 0));
    }

    @Test
    void quotedNameMayHoldAnything() {
        String name = "\"s; (\".\"COPY x FROM stdin;\n1\n\\.\n-- $$ /* ' FROM stdin;\"";

        DumpSummary summary = read("COPY " + name + " (\"a;\n\"\"(\") FROM stdin;\n1\n\\.\n" + END);

        assertThat(rows(summary)).containsExactly(table(name, 1));
        assertThat(summary.complete()).isTrue();
    }

    @Test
    void nameThatIsNotUtf8HoldsReplacementCharacters() {
        byte[] dump = "COPY public.\"na\u00efve\" (a) FROM stdin;\n\\.\n".getBytes(ISO_8859_1);

        assertThat(rows(read(dump))).containsExactly(table("public.\"na\ufffdve\"", 0));
    }

    @Test
    void nameOutsideAsciiIsDecoded() {
        assertThat(rows(read("COPY public.\"größe 😀\" (a) FROM stdin;\n\\.\n")))
                .containsExactly(table("public.\"größe 😀\"", 0));
    }

    @Test
    void tableWithoutColumnsHasEmptyRows() {
        assertThat(rows(read("COPY public.bare  FROM stdin;\n\n\n\\.\n")))
                .containsExactly(table("public.bare", 2));
    }

    @Test
    void tableWithTheMostAndLongestColumnsIsRecognised() {
        String columns =
                IntStream.range(0, 1600)
                        .mapToObj(i -> '"' + "😀".repeat(63) + '"')
                        .collect(Collectors.joining(", "));

        assertThat(rows(read("COPY public.t (" + columns + ") FROM stdin;\n1\n\\.\n")))
                .containsExactly(table("public.t", 1));
    }

    @Test
    void tableThatAppearsTwiceAddsUp() {
        String twice =
                """
                COPY public.t (a) FROM stdin;
                1
                \\.
                COPY public.u (a) FROM stdin;
                \\.
                COPY public.t (a) FROM stdin;
                2
                3
                \\.
                """;

        assertThat(rows(read(twice))).containsExactly(table("public.t", 3), table("public.u", 0));
    }

    @Test
    void rowsMayLookLikeStatementsMarkersAndAlmostTheirEnd() {
        DumpSummary summary =
                read(
                        "COPY t (a) FROM stdin;\n"
                                + "COPY u (a) FROM stdin;\n"
                                + "-- PostgreSQL database dump complete\n"
                                + "'\n\"\n$$\n/*\n\n\\.x\n\\\\.\n \\.\n\\. \n\\.\r\r\n.\n\\\n"
                                + "\\.\n"
                                + END);

        assertThat(rows(summary)).containsExactly(table("t", 14));
        assertThat(summary.complete()).isTrue();
    }

    @Test
    void linesMayEndWithCarriageReturns() {
        String dump = "COPY t (a) FROM stdin;\n1\n\\.\n\n\\restrict k\n" + END + "\\unrestrict k\n";

        DumpSummary summary = read(dump.replace("\n", "\r\n"));

        assertThat(rows(summary)).containsExactly(table("t", 1));
        assertThat(summary.complete()).isTrue();
    }

    @Test
    void copyMayFollowAStatementOnItsLine() {
        assertThat(rows(read("SELECT 1;/* c */COPY t (a) FROM stdin; -- c\n1\n\\.\n")))
                .containsExactly(table("t", 1));
    }

    @Test
    void copyInAnotherFormIsNoTableAndLeavesTheDumpIncomplete() {
        for (String copy :
                new String[] {
                    "COPY x (a) FROM stdin WITH (FORMAT csv);",
                    "copy x (a) from stdin;",
                    "COPY (SELECT 1) TO stdout;",
                    "COPY (SELECT 1) FROM stdin;",
                    "COPY  FROM stdin;",
                    "COPY " + "x".repeat(5000) + " FROM stdin;",
                    "COPY x (" + "a".repeat(1 << 20) + ") FROM stdin;",
                    "COPY x (\"" + "a".repeat((1 << 20) - 21) + " FROM stdin;\") TO stdout;"
                }) {
            DumpSummary summary = read(copy + "\n" + END);

            assertThat(rows(summary)).isEmpty();
            assertThat(summary.incompleteReason()).get().asString().contains("COPY");
        }
    }

    @Test
    void onlyTheMarkerLineItselfCompletesADump() {
        for (String notTheMarker :
                new String[] {
                    "-- PostgreSQL database dump complete",
                    "-- PostgreSQL database dump completed\n",
                    "--  PostgreSQL database dump complete\n",
                    "-- postgresql database dump complete\n",
                    "SELECT 1; -- PostgreSQL database dump complete\n",
                    "SELECT 1;-- PostgreSQL database dump complete\n",
                    "SELECT 1\n-- PostgreSQL database dump complete\n;\n",
                    "/*\n-- PostgreSQL database dump complete\n*/\n",
                    "\\.\n-- PostgreSQL database cluster dump complete\n",
                    ""
                }) {
            assertThat(read(notTheMarker).complete()).as(notTheMarker).isFalse();
        }
        assertThat(read("-- PostgreSQL database dump complete\n").complete()).isTrue();
        assertThat(read("COPY t (a) FROM stdin;\n\\.\n" + END.substring(3)).complete()).isTrue();
    }

    @Test
    void onlyCommentsMayFollowTheMarker() {
        for (String harmless :
                new String[] {"\n \t\r\n", "-- x\n", "/* ; */", "\\unrestrict x\n"}) {
            assertThat(read(END + harmless).complete()).as(harmless).isTrue();
        }
        for (String more :
                new String[] {
                    "SELECT 1;",
                    "SELECT 1;\n" + END,
                    ";",
                    "x",
                    "\0",
                    "-",
                    "\\connect x\n",
                    "-- x",
                    "/* ",
                    "\\unrestrict x",
                    "\\restrict x\n",
                    "COPY t (a) FROM stdin;\n\\.\n"
                }) {
            assertThat(read(END + more).complete()).as(more).isFalse();
        }
    }

    @Test
    void restrictWantsItsUnrestrict() {
        String restricted = "\\restrict key\n" + END;

        assertThat(read(restricted).incompleteReason()).get().asString().contains("unrestrict");
        assertThat(read(restricted + "\\unrestrict key\n").complete()).isTrue();
    }

    @Test
    void openRowsAreReportedWithTheirTable() {
        DumpSummary summary = read("COPY public.t (a) FROM stdin;\n1\n2\n3");

        assertThat(rows(summary)).containsExactly(table("public.t", 2));
        assertThat(summary.incompleteReason()).get().asString().contains("public.t");
    }

    @Test
    void finishMayBeAskedOnTheWay() {
        PlainDumpReader reader = new PlainDumpReader();
        byte[] first = "COPY t (a) FROM stdin;\n1\n".getBytes(UTF_8);
        byte[] second = ("2\n\\.\n" + END).getBytes(UTF_8);

        reader.accept(first, 0, first.length);
        assertThat(reader.finish().complete()).isFalse();
        reader.accept(second, 0, second.length);

        assertThat(rows(reader.finish())).containsExactly(table("t", 2));
        assertThat(reader.finish().complete()).isTrue();
    }
}
