package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.worker.dump.DumpReading.read;
import static org.lifeos.backup.worker.dump.DumpReading.readInPieces;
import static org.lifeos.backup.worker.dump.DumpReading.rows;
import static org.lifeos.backup.worker.dump.DumpReading.table;

import org.junit.jupiter.api.Test;

/** Through the reader, because what counts is which text is taken for a COPY. */
class ScriptLexerTest {
    private static final String END_MARKER = "-- PostgreSQL database dump complete\n";

    /** Were it read as a statement, table {@code x} would be counted, or the dump end open. */
    private static final String BAIT =
            """
            COPY x FROM stdin;
            1
            -- PostgreSQL database dump complete
            """;

    @Test
    void copyInsideAStringIsNoTable() {
        assertOnlyTableIsT("COMMENT ON TABLE a IS 'it''s\n" + BAIT + "';");
        assertOnlyTableIsT("SELECT '''\n" + BAIT + "''';");
        assertOnlyTableIsT("SELECT '\\', '\n" + BAIT + "';");
        assertOnlyTableIsT("SELECT type'\\', '\n" + BAIT + "';");
    }

    @Test
    void copyInsideAnEscapeStringIsNoTable() {
        assertOnlyTableIsT("SELECT E'\\'\n" + BAIT + "';");
        assertOnlyTableIsT("SELECT e'a''\\'\n" + BAIT + "';");
        assertOnlyTableIsT("SELECT E'\\\\', '\n" + BAIT + "';");
        assertOnlyTableIsT("SELECT E'a' \n '\\'\n" + BAIT + "';");
    }

    @Test
    void backslashEscapesInPlainStringsOnlyWhereTheDumpSaysSo() {
        assertOnlyTableIsT(
                "SET standard_conforming_strings = off;\nSELECT '\\'\n" + BAIT + "', '';");
        assertOnlyTableIsT(
                "SET standard_conforming_strings = off;\n"
                        + "SET standard_conforming_strings = on;\n"
                        + "SELECT '\\', '\n"
                        + BAIT
                        + "';");
    }

    @Test
    void copyInsideAQuotedIdentifierIsNoTable() {
        assertOnlyTableIsT("DROP TABLE \"a\"\"\n" + BAIT + "\";");
        assertOnlyTableIsT("DROP TABLE U&\"\\0441\n" + BAIT + "\";");
    }

    @Test
    void copyInsideADollarQuotedBodyIsNoTable() {
        assertOnlyTableIsT("DO $$\n" + BAIT + "$$;");
        assertOnlyTableIsT("DO $_X1$ $$ $_X1 $$_x1$ $_X\n" + BAIT + "$_X1$;");
        assertOnlyTableIsT("DO $ab$ $a$ab$;");
        assertOnlyTableIsT("SELECT $e$ $e$'\\', '\n" + BAIT + "';");
        assertOnlyTableIsT("DO $é$ $e$\n" + BAIT + "$é$;");
        assertOnlyTableIsT("SELECT 1$$\n" + BAIT + "$$;");
        assertOnlyTableIsT("SELECT $1$$\n" + BAIT + "$$;");
    }

    @Test
    void dollarQuoteWithAnEndlessTagLeavesTheDumpIncomplete() {
        String tag = "$" + "x".repeat(100_000) + "$";

        assertThat(read("DO " + tag + "\n" + BAIT + tag + ";\n" + END_MARKER).complete()).isFalse();
    }

    @Test
    void dollarSignThatQuotesNothingChangesNothing() {
        assertOnlyTableIsT("SELECT a$$b, c$d$, $1, $2;");
        assertOnlyTableIsT("SELECT $a + $ b;");
        assertOnlyTableIsT("SELECT $E'\\'\n" + BAIT + "';");
    }

    @Test
    void copyInsideACommentIsNoTable() {
        assertOnlyTableIsT("-- COPY x FROM stdin;");
        assertOnlyTableIsT("/*\n" + BAIT + "*/");
        assertOnlyTableIsT("/* /* */ ' /*/ */\n" + BAIT + "*/");
        assertOnlyTableIsT("SELECT 1 /*\n" + BAIT + "*/ + 1;");
        assertOnlyTableIsT("SELECT 1 -- ';\n;");
    }

    @Test
    void operatorMayBeginLikeAComment() {
        assertOnlyTableIsT("SELECT 1 - - 2 / 3 -/* ' */ 4;");
        assertOnlyTableIsT("SELECT 1 //* ' */ 2;");
    }

    @Test
    void copyInsideParenthesesIsNoTable() {
        assertOnlyTableIsT("CREATE RULE r AS ON DELETE TO a DO (SELECT (1);\n" + BAIT + ");");
        assertOnlyTableIsT("SELECT (1)));");
    }

    @Test
    void copyInsideAnSqlBodyIsNoTable() {
        assertOnlyTableIsT(
                """
                CREATE FUNCTION public.f(x integer) RETURNS integer
                    LANGUAGE sql
                    BEGIN ATOMIC
                 SELECT CASE WHEN (x > 1) THEN CASE x WHEN 2 THEN 3 END ELSE 5 END AS "case";
                 SELECT x AS "end", begin;
                COPY x FROM stdin;
                1
                -- PostgreSQL database dump complete
                ;
                END;
                """);
        assertOnlyTableIsT(
                "CREATE OR REPLACE PROCEDURE p()\nbegin -- ;\n Atomic\n" + BAIT + ";end;");
        assertOnlyTableIsT("CREATE PROCEDURE p() BEGIN ATOMIC\nEND;");
    }

    @Test
    void beginThatOpensNoSqlBodyEndsWithItsStatement() {
        assertOnlyTableIsT("BEGIN;\nSELECT lo_open(1, 2);\nCOMMIT;");
        assertOnlyTableIsT("BEGIN ATOMIC;");
        assertOnlyTableIsT("SELECT begin atomic;");
        assertOnlyTableIsT("CREATE FUNCTION public.begin() RETURNS int AS $$ $$;");
        assertOnlyTableIsT("CREATE FUNCTION public.begin(atomic int) RETURNS int AS $$ $$;");
        assertOnlyTableIsT("CREATE TABLE a (begin atomic);");
        assertOnlyTableIsT("CREATE VIEW v AS SELECT 1 AS begin, atomic FROM a;");
        assertOnlyTableIsT("CREATE VIEW v AS SELECT xbegin atomicx, begin atomically FROM a;");
    }

    @Test
    void sqlBodyWithoutItsEndLeavesTheDumpIncomplete() {
        DumpSummary summary =
                read("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;\n" + BAIT + END_MARKER);

        assertThat(rows(summary)).isEmpty();
        assertThat(summary.incompleteReason()).get().asString().contains("middle");
    }

    @Test
    void psqlCommandRunsToTheEndOfItsLine() {
        assertOnlyTableIsT("\\restrict ab'c\n\\unrestrict ab'c");
        assertOnlyTableIsT("\\connect \"dbname='a;b\" -- $$ /*");
        assertOnlyTableIsT("SELECT 1; \\connect 'COPY x FROM stdin;");
    }

    @Test
    void wordThatOnlyBeginsLikeCopyIsNone() {
        assertOnlyTableIsT("COPYRIGHT x FROM stdin;");
    }

    /** What follows the text must be read as SQL again, wherever the pieces are cut. */
    private static void assertOnlyTableIsT(String sql) {
        byte[] dump =
                (sql + "\n\nCOPY t (a) FROM stdin;\n1\n2\n\\.\n\n" + END_MARKER).getBytes(UTF_8);
        for (int pieceBytes : new int[] {1, 2, 3, 5, dump.length}) {
            DumpSummary summary = readInPieces(dump, pieceBytes);
            assertThat(rows(summary))
                    .as("%s in pieces of %d", sql, pieceBytes)
                    .containsExactly(table("t", 2));
            assertThat(summary.incompleteReason()).as(sql).isEmpty();
        }
    }
}
