package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.worker.dump.DumpReading.read;
import static org.lifeos.backup.worker.dump.DumpReading.readInPieces;
import static org.lifeos.backup.worker.dump.DumpReading.readInRandomPieces;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlainDumpReaderPropertyTest {
    private static final int DUMPS = 2_000;
    private static final int SOUPS = 20_000;

    @Test
    void randomDumpIsReadAsItWasMade() {
        for (long seed = 0; seed < DUMPS; seed++) {
            RandomDump dump = new RandomDump(seed);
            Random random = new Random(seed);

            DumpSummary whole = read(dump.bytes());

            assertThat(whole.bytes()).as("seed %d", seed).isEqualTo(dump.bytes().length);
            assertThat(whole.incompleteReason()).as("seed %d", seed).isEmpty();
            assertThat(DumpReading.rows(whole)).as("seed %d", seed).isEqualTo(dump.rows());
            assertThat(readInPieces(dump.bytes(), 1)).as("seed %d", seed).isEqualTo(whole);
            assertThat(readInRandomPieces(dump.bytes(), random))
                    .as("seed %d", seed)
                    .isEqualTo(whole);
        }
    }

    @Test
    void everyCutThroughARandomDumpIsFound() {
        for (long seed = 0; seed < 50; seed++) {
            RandomDump dump = new RandomDump(seed);
            assertEveryCutIsFound(dump.bytes(), dump.lengthThatSaysAll(), "seed " + seed);
        }
    }

    @Test
    void everyCutThroughADumpIsFound() {
        byte[] dump = REAL_LOOKING_DUMP.getBytes(UTF_8);
        int lengthThatSaysAll = dump.length - 1;

        assertThat(read(dump).complete()).isTrue();
        assertEveryCutIsFound(dump, lengthThatSaysAll, "restricted dump");
    }

    @Test
    void everyCutThroughADumpOfAnOlderToolIsFound() {
        String withoutRestrict = REAL_LOOKING_DUMP.replaceAll("(?m)^\\\\(un)?restrict .*\n\n", "");
        byte[] dump = withoutRestrict.getBytes(UTF_8);
        int lengthThatSaysAll = dump.length - "--\n\n".length();

        assertThat(read(dump).complete()).isTrue();
        assertEveryCutIsFound(dump, lengthThatSaysAll, "unrestricted dump");
    }

    /** Random bytes hold every half-finished construct there is; only the cutting is checked. */
    @Test
    void anyBytesAreReadTheSameInAnyPieces() {
        byte[] alphabet = "'\"$-/*\\.;()\n\r Ee1a_\0\u00ff".getBytes(UTF_8);
        String[] words = {
            "COPY t (a) FROM stdin;\n",
            "\n\\.\n",
            "CREATE ",
            "BEGIN ATOMIC ",
            "CASE ",
            "END ",
            "\n-- PostgreSQL database dump complete\n",
            "\\restrict k\n",
            "$a$",
            "SET standard_conforming_strings = off;"
        };
        for (long seed = 0; seed < SOUPS; seed++) {
            Random random = new Random(seed);
            StringBuilder soup = new StringBuilder();
            int pieces = random.nextInt(40);
            for (int i = 0; i < pieces; i++) {
                soup.append(
                        random.nextInt(4) == 0
                                ? words[random.nextInt(words.length)]
                                : (char) (alphabet[random.nextInt(alphabet.length)] & 0xff));
            }
            byte[] bytes = soup.toString().getBytes(UTF_8);

            DumpSummary whole = read(bytes);

            assertThat(readInPieces(bytes, 1)).as("seed %d", seed).isEqualTo(whole);
            assertThat(readInRandomPieces(bytes, random)).as("seed %d", seed).isEqualTo(whole);
        }
    }

    private static void assertEveryCutIsFound(byte[] dump, int lengthThatSaysAll, String name) {
        for (int length = 0; length < lengthThatSaysAll; length++) {
            DumpSummary summary = read(Arrays.copyOf(dump, length));
            assertThat(summary.complete()).as("%s, cut at %d", name, length).isFalse();
        }
        assertThat(read(Arrays.copyOf(dump, lengthThatSaysAll)).complete()).as(name).isTrue();
    }

    private static final String REAL_LOOKING_DUMP =
            """
            --
            -- PostgreSQL database dump
            --

            \\restrict nwyVdW08UFfE90Pdg0nI5QB6w1ExMRNlOGGStUFeeO1dtiEPlP1W8nPqFfKhBdV

            -- Dumped from database version 16.9
            -- Dumped by pg_dump version 16.9

            SET statement_timeout = 0;
            SET client_encoding = 'UTF8';
            SET standard_conforming_strings = on;
            SELECT pg_catalog.set_config('search_path', '', false);

            DROP TABLE IF EXISTS public.characters;
            DROP FUNCTION IF EXISTS public.touch();
            --
            -- Name: touch(); Type: FUNCTION; Schema: public; Owner: lifeos
            --

            CREATE FUNCTION public.touch() RETURNS trigger
                LANGUAGE plpgsql
                AS $_$
            BEGIN
              -- PostgreSQL database dump complete
              RETURN new; -- it's
            END; $_$;


            CREATE FUNCTION public.one() RETURNS integer
                LANGUAGE sql
                BEGIN ATOMIC
             SELECT CASE WHEN true THEN 1 END;
            END;


            ALTER FUNCTION public.touch() OWNER TO lifeos;

            CREATE TABLE public.characters (
                id integer NOT NULL,
                name text DEFAULT 'it''s; /*'::text
            );


            COMMENT ON TABLE public.characters IS 'two
            -- PostgreSQL database dump complete
            lines';

            --
            -- Data for Name: characters; Type: TABLE DATA; Schema: public; Owner: lifeos
            --

            COPY public.characters (id, name) FROM stdin;
            1	Ada
            2	-- PostgreSQL database dump complete
            -- PostgreSQL database dump complete
            \\N	\\\\.
            \\.


            SELECT pg_catalog.setval('public.characters_id_seq', 2, true);


            --
            -- PostgreSQL database dump complete
            --

            \\unrestrict nwyVdW08UFfE90Pdg0nI5QB6w1ExMRNlOGGStUFeeO1dtiEPlP1W8nPqFfKhBdV

            """;
}
