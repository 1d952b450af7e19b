package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

class RestoreFilterTest {
    private static final int MAJOR = 16;

    private static final String PROLOGUE =
            """
            --
            -- PostgreSQL database dump
            --

            \\restrict aKey

            SET statement_timeout = 0;
            SET client_encoding = 'UTF8';
            SET standard_conforming_strings = on;
            SELECT pg_catalog.set_config('search_path', '', false);

            ALTER TABLE IF EXISTS ONLY public.a DROP CONSTRAINT IF EXISTS a_fkey;
            DROP TRIGGER IF EXISTS t ON public.a;
            ALTER TABLE ONLY public.part DETACH PARTITION public.part_1;
            CREATE OR REPLACE VIEW public.v AS
             SELECT NULL::integer AS n;
            SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = '16';
            DROP SCHEMA IF EXISTS public;
            DROP SCHEMA IF EXISTS other;
            --
            -- Name: public; Type: SCHEMA; Schema: -; Owner: -
            --

            CREATE SCHEMA public;
            DROP TABLE kept.later;
            \\unrestrict aKey
            """;

    @Test
    void prologueIsTakenOutButForWhatAFreshDatabaseHolds() {
        assertThat(filtered(PROLOGUE).lines().filter(line -> !line.isBlank()))
                .containsExactly(
                        "SET statement_timeout = 0;",
                        "SET client_encoding = 'UTF8';",
                        "SET standard_conforming_strings = on;",
                        "SELECT pg_catalog.set_config('search_path', '', false);",
                        "DROP SCHEMA IF EXISTS public;",
                        "CREATE SCHEMA public;",
                        "DROP TABLE kept.later;");
    }

    @Test
    void linesKeepTheirNumbers() {
        String[] before = PROLOGUE.split("\n", -1);
        String[] after = filtered(PROLOGUE).split("\n", -1);
        assertThat(after).hasSameSizeAs(before);
        for (int line = 0; line < before.length; line++) {
            assertThat(after[line]).isIn("", before[line]);
        }
    }

    @Test
    void settingsThatTheServerDoesNotKnowAreTakenOut() {
        String settings = "SET transaction_timeout = 0;\nSET default_with_oids = false;\n";
        assertThat(filtered(settings, 11).strip()).isEqualTo("SET default_with_oids = false;");
        assertThat(filtered(settings, 16).strip()).isEmpty();
        assertThat(filtered(settings, 17).strip()).isEqualTo("SET transaction_timeout = 0;");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\! touch x\n",
                "\\copy t FROM '/etc/passwd'\n",
                "\\o file\n",
                "\\i file\n",
                "\\ir file\n",
                "\\w file\n",
                "\\connect other\n",
                "\\set x `touch x`\n",
                "\\.\n",
                "\\restricted x\n",
                "\\unrestrict\n",
                "SELECT 1 \\g file\n",
                "SELECT 1 \\g |touch x\n;",
                "SELECT 'touch x' \\gexec\n",
                "SELECT 1 \\; SELECT 2;",
                "SELECT 1\\;",
                "SELECT (1 \\! touch x\n);",
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC \\! touch x\n END;",
                "SELECT $x \\! touch x\n",
                "SELECT 'a' \\! touch x\n",
                "\uFEFF\\! touch x\n",
                "/**/\\! touch x\n",
                "COPY t (a) FROM stdin;\n1\n\\.\n\\! touch x\n"
            })
    void commandsOfPsqlAreRefused(String dump) {
        assertRefused(dump, "psql command");
        assertRefused("CREATE TABLE made (n integer);\n" + dump, "psql command");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'a \\! touch x';\n",
                "SELECT E'a\\'\\! touch x';\n",
                "SELECT $x$a \\! touch x\n$x$;\n",
                "SELECT 1 AS \"a \\! x\";\n",
                "SELECT 1 -- \\! touch x\n;\n",
                "SELECT 1 /* /* \\! */ \\! */;\n",
                "COPY t (a) FROM stdin;\n\\! touch x\n\\N\n\\\\.\n\\.\n",
                "SELECT a[1:n], b[:m], c::text, d[1:'-1'::integer], e[x:\"To\"], :::f;\n",
                "SELECT B'1', X'ab', U&'\\0441', 1 AS a$b$, 'it''s';\n",
            })
    void whatLooksLikeACommandIsDataWherePsqlReadsData(String dump) {
        assertThat(filtered(dump)).isEqualTo(dump);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT :LAST_ERROR_MESSAGE;",
                "SELECT :'LAST_ERROR_MESSAGE';",
                "SELECT a[1:\"LAST_ERROR_MESSAGE\"];",
                "SELECT :USER;",
                "SELECT :::HOST;",
                "SELECT a::text:VERSION;",
                "SELECT :{?x};"
            })
    void variablesOfPsqlAreRefused(String dump) {
        assertRefused(dump, "variable of psql");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1ab$c$; x $c$;", "SELECT 1E'\\'';", "SELECT 1$a$;$a$;"})
    void numbersThatVersionsOfPsqlReadInDifferentWaysAreRefused(String dump) {
        assertRefused(dump, "number");
    }

    @Test
    void stringsWithoutEscapesStaySoWhateverTheSettingIs() {
        for (String prefix : new String[] {"B", "X", "U&", "b", "x", "u&"}) {
            assertRefused(
                    "SET standard_conforming_strings = off;\nSELECT %s'\\'; \\! touch x --';\n"
                            .formatted(prefix),
                    "psql command");
        }
        String escaped =
                "SET standard_conforming_strings = off;\nSELECT '\\'; \\! x', N'\\'', ab'\\'';\n";
        assertThat(filtered(escaped)).isEqualTo(escaped);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET client_encoding = 'SJIS';",
                "SET client_encoding = 'SHIFT_JIS_2004';",
                "SET client_encoding TO BIG5;",
                "set  CLIENT_ENCODING = 'gbk';",
                "SET client_encoding = 'UHC';",
                "SET client_encoding = 'GB18030';",
                "SET client_encoding = 'JOHAB';",
                "SET client_encoding = DEFAULT;",
                "SET LOCAL client_encoding = 'UTF8';",
                "SET/**/client_encoding/**/=/**/'SJIS';",
                "SET NAMES 'SJIS';",
                "SET SESSION NAMES 'SJIS';",
                "RESET client_encoding;",
                "RESET ALL;",
                "DISCARD ALL;",
                "SELECT pg_catalog.set_config('client_encoding', 'SJIS', false);",
                "DO $$BEGIN SET client_encoding = 'SJIS'; END$$;",
                "/* x */ SELECT set_config('client_encoding', 'SJIS', false);",
                "SET standard_conforming_strings TO off;",
                "SET standard_conforming_strings=off;",
                "set standard_conforming_strings = off;",
                "SET SESSION standard_conforming_strings = off;",
                "SELECT set_config('standard_conforming_strings', 'off', false);",
                "WITH x AS (SELECT set_config('standard_conforming_strings', 'off', false)) TABLE x;",
                "BEGIN; SET standard_conforming_strings = off; ROLLBACK;"
            })
    void settingsThatChangeHowPsqlReadsAreRefused(String dump) {
        assertRefused(dump, "client_encoding or standard_conforming_strings");
        assertRefused("CREATE TABLE made (n integer);\n" + dump, "client_encoding");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UTF8",
                "SQL_ASCII",
                "LATIN1",
                "LATIN10",
                "WIN1252",
                "KOI8R",
                "KOI8U",
                "EUC_JP",
                "EUC_JIS_2004",
                "ISO_8859_5",
                "MULE_INTERNAL",
                "utf-8"
            })
    void encodingsOfDatabasesPass(String encoding) {
        String dump = "SET client_encoding = '%s';\n".formatted(encoding);
        assertThat(filtered(dump)).isEqualTo(dump);
    }

    @Test
    void settingsInDefinitionsAndDataPass() {
        String dump =
                """
                CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql
                    SET client_encoding TO 'UTF8' SET standard_conforming_strings TO 'off'
                    AS $$SELECT 1$$;
                INSERT INTO public.notes VALUES ('SET client_encoding = SJIS');
                """;
        assertThat(filtered(dump)).isEqualTo(dump);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COPY t FROM '/etc/passwd';\n",
                "COPY t (a) FROM PROGRAM 'touch x';\n",
                "COPY t (a) TO PROGRAM 'touch x';\n",
                "copy t (a) from stdin;\n",
                "COPY t (a) FROM stdin WITH (FORMAT csv);\n",
                "COPY (SELECT 1) TO stdout;\n",
                "COPY\nt (a) FROM stdin;\n"
            })
    void copyInAnotherFormThanPgDumpsIsRefused(String dump) {
        assertRefused(dump, "COPY in a form");
    }

    @Test
    void nothingMayFollowACopyOnItsLine() {
        assertRefused("COPY t (a) FROM stdin; \\! touch x\n1\n\\.\n", "line goes on");
        assertRefused("COPY t (a) FROM stdin; SELECT 1;\n1\n\\.\n", "line goes on");
        String blank = "COPY t (a) FROM stdin; \r\n1\r\n\\.\r\n";
        assertThat(filtered(blank)).isEqualTo(blank);
    }

    @Test
    void nulBytesAreRefused() {
        assertRefused("SELECT 1 \0 ';\n\\! touch x\n';", "NUL");
        assertRefused("COPY t (a) FROM stdin;\nx\0\n\\.\n", "NUL");
    }

    @Test
    void refusalNamesTheLine() {
        assertThat(refusal("SELECT 1;\nCOPY t (a) FROM stdin;\n1\n2\n\\.\n\n\\! touch x\n"))
                .extracting(ProblemException::detail)
                .asString()
                .containsPattern("near its line [67]\\.");
    }

    @Test
    void statementsOfMoreThanOneMebibytePassUnlessTheyAreNoDefinitionAndNoData() {
        String megabytes = "x".repeat(3 << 20);
        String function = "CREATE FUNCTION f() AS $$%s$$;\n".formatted(megabytes);
        assertThat(filtered(function).equals(function)).isTrue();
        assertThat(filtered("-- Name: t;\n" + function).equals("\n" + function)).isTrue();
        assertRefused("SELECT '%s';\n".formatted(megabytes), "1 MiB");
        assertRefused("COPY t (a) FROM /*%s*/ stdin;\n".formatted(megabytes), "COPY in a form");
        String comment = "--%s\n/*%s\n*/SELECT 1;\n".formatted(megabytes, megabytes);
        assertThat(filtered(comment)).isEqualTo("\n\nSELECT 1;\n");
    }

    @Test
    void closedGateSwallowsTheStatementAndItsRowsAlone() {
        String dump =
                """
                CREATE TABLE a (n integer);
                COPY public.bad (n) FROM stdin;
                DROP TABLE a;
                \\! touch x
                \\.
                COPY public.good (n) FROM stdin;
                1
                \\.
                """;
        String passed =
                filtered(
                        dump,
                        MAJOR,
                        statement -> !new String(statement, UTF_8).contains("public.bad"));
        assertThat(passed.lines().filter(line -> !line.isBlank()))
                .containsExactly(
                        "CREATE TABLE a (n integer);",
                        "COPY public.good (n) FROM stdin;",
                        "1",
                        "\\.");
    }

    /** The pieces come in one buffer, as from a pipe, so that a kept reference would be found. */
    @Test
    void piecesOfAnySizeComeToTheSame() {
        for (long seed = 0; seed < 400; seed++) {
            String dump =
                    new String(new RandomDump(seed).bytes(), UTF_8)
                            .replace("\\connect ", "-- ")
                            .replace('\0', '0');
            for (boolean gated : new boolean[] {false, true}) {
                String whole = outcome(dump, gated, null);
                String pieces = outcome(dump, gated, new Random(seed));
                assertThat(pieces).as("seed %d, gated %s", seed, gated).isEqualTo(whole);
                if (!gated && !whole.startsWith("refused")) {
                    assertThat(newlines(whole)).as("seed %d", seed).isEqualTo(newlines(dump));
                }
            }
        }
    }

    private static String outcome(String dump, boolean gated, Random pieces) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RestoreFilter filter =
                gated
                        ? RestoreFilter.gated(out, MAJOR, statement -> statement.length % 2 == 0)
                        : RestoreFilter.strict(out, MAJOR);
        try {
            feed(filter, dump.getBytes(UTF_8), pieces);
        } catch (ProblemException e) {
            return "refused " + e.detail().replaceAll("near.*", "");
        }
        return out.toString(UTF_8);
    }

    private static void feed(RestoreFilter filter, byte[] dump, Random pieces) {
        byte[] buffer = new byte[64];
        int at = 0;
        try {
            while (at < dump.length) {
                int length =
                        pieces == null
                                ? dump.length
                                : Math.min(pieces.nextInt(20), dump.length - at);
                if (pieces == null) {
                    filter.accept(dump, 0, length);
                } else {
                    int offset = pieces.nextInt(buffer.length - length);
                    Arrays.fill(buffer, (byte) '\'');
                    System.arraycopy(dump, at, buffer, offset, length);
                    filter.accept(buffer, offset, length);
                }
                at += length;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String filtered(String dump) {
        return filtered(dump, MAJOR);
    }

    private static String filtered(String dump, int major) {
        return filtered(dump, major, RestoreFilter.CopyGate.open());
    }

    private static String filtered(String dump, int major, RestoreFilter.CopyGate gate) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        feed(RestoreFilter.gated(out, major, gate), dump.getBytes(UTF_8), null);
        return out.toString(UTF_8);
    }

    private static void assertRefused(String dump, String what) {
        ProblemException refusal = refusal(dump);
        assertThat(refusal).as(dump).isNotNull();
        assertThat(refusal.code()).isEqualTo(ProblemCode.DUMP_NOT_RESTORABLE);
        assertThat(refusal.detail()).contains(what);
        assertThatCode(() ->
                        feed(
                                RestoreFilter.strict(new ByteArrayOutputStream(), MAJOR),
                                dump.getBytes(UTF_8),
                                dump.length() < 10_000 ? new Random(1) : null))
                .as(dump)
                .isInstanceOf(ProblemException.class);
    }

    private static ProblemException refusal(String dump) {
        return catchThrowableOfType(ProblemException.class, () -> filtered(dump));
    }

    private static long newlines(String text) {
        return text.chars().filter(c -> c == '\n').count();
    }
}
