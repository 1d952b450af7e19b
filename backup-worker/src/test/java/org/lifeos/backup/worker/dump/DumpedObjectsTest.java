package org.lifeos.backup.worker.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.worker.dump.DumpReading.read;

import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.LargeObjectContent;
import org.lifeos.backup.catalog.SequenceContent;

class DumpedObjectsTest {
    private static final String USERS =
            object("users", "TABLE") + "CREATE TABLE public.users (\n    id integer\n);\n\n";
    private static final String IMAGES =
            object("images", "TABLE") + "CREATE TABLE public.images (\n    id integer\n);\n\n";

    @Test
    void orderOfObjectsDoesNotCount() {
        assertSameSchema(USERS + IMAGES, IMAGES + USERS);
        assertOtherSchema(USERS + IMAGES, USERS);
        assertOtherSchema(USERS + IMAGES, USERS + IMAGES + IMAGES);
    }

    @Test
    void objectsAreNamedForPeople() {
        assertThat(
                        read(USERS
                                        + object("TABLE users", "ACL")
                                        + "GRANT ALL ON TABLE public.users TO a;\n"
                                        + object("COLUMN users.id", "COMMENT")
                                        + "COMMENT ON COLUMN public.users.id IS 'x';\n"
                                        + object("x; Type: TABLE; Schema: y", "INDEX")
                                        + "CREATE INDEX;\n")
                                .objects())
                .containsOnlyKeys(
                        "table public.users",
                        "ACL of TABLE public.users",
                        "comment of COLUMN public.users.id",
                        "index public.x; Type: TABLE; Schema: y");
    }

    @Test
    void dropsVersionsOwnersInCommentsAndRestrictKeysDoNotCount() {
        String prologue =
                """
                \\restrict abc

                -- Dumped from database version 16.4
                -- Dumped by pg_dump version 16.4

                SET statement_timeout = 0;
                SELECT pg_catalog.set_config('search_path', '', false);
                """;
        String other = prologue.replace("abc", "xyz").replace("16.4", "16.9");
        String drops = "DROP TABLE IF EXISTS public.users;\nDROP SCHEMA public;\n";

        assertSameSchema(prologue + USERS, other + drops + USERS.replace("lifeos", "somebody"));
        assertThat(read(prologue + drops).objects()).isEmpty();
    }

    @Test
    void settingBelongsToTheObjectsItIsFor() {
        String fast = "SET default_tablespace = fast;\n\n";
        String usual = "SET default_tablespace = '';\n\n";
        String function = object("f()", "FUNCTION") + "CREATE FUNCTION public.f() AS 'x';\n\n";

        assertSameSchema(
                fast + USERS + function + usual + IMAGES, usual + IMAGES + fast + USERS + function);
        assertSameSchema(fast + function + USERS, function + fast + USERS);
        assertOtherSchema(fast + USERS + usual + IMAGES, usual + USERS + fast + IMAGES);
        assertOtherSchema(fast + USERS, usual + USERS);
        String heap = "SET default_table_access_method = heap;\n\n";
        assertOtherSchema(heap + USERS, heap.replace("heap", "other") + USERS);
        String parted = USERS.replace("\n);", "\n)\nPARTITION BY RANGE (id);");
        assertSameSchema(heap + parted, heap.replace("heap", "other") + parted);
    }

    @Test
    void whoGrantsCounts() {
        String grant = object("TABLE users", "ACL") + "GRANT ALL ON TABLE public.users TO a;\n";
        String byBob =
                grant.replace("GRANT", "SET SESSION AUTHORIZATION bob;\nGRANT")
                        + "RESET SESSION AUTHORIZATION;\n";

        assertOtherSchema(grant, byBob);
        assertOtherSchema(byBob.replace("bob", "eve"), byBob);
        assertSameSchema(grant + byBob, byBob + grant);
    }

    @Test
    void sequencesAreReadByNameAndAreNoPartOfTheSchema() {
        DumpSummary summary =
                read(
                        object("a_seq", "SEQUENCE SET")
                                + "SELECT pg_catalog.setval('public.a_seq', 42, true);\n"
                                + object("odd", "SEQUENCE SET")
                                + "SELECT pg_catalog.setval('public.\"o''d, 1\"', -9, false);\n");

        assertThat(summary.fingerprint().sequences())
                .containsExactly(
                        new SequenceContent("public.a_seq", 42, true),
                        new SequenceContent("public.\"o'd, 1\"", -9, false));
        assertThat(summary.objects()).isEmpty();
    }

    @Test
    void piecesOfALargeObjectAreOne() {
        LargeObjectContent whole = largeObjects("7", "'\\x00ff27'");

        assertThat(whole.count()).isEqualTo(1);
        assertThat(whole.bytes()).isEqualTo(3);
        assertThat(largeObjects("7", "'\\x00'", "'\\xff27'")).isEqualTo(whole);
        assertThat(largeObjects("7", "'\\xff27'", "'\\x00'")).isNotEqualTo(whole);
        assertThat(largeObjects("8", "'\\x00ff27'").hash()).isNotEqualTo(whole.hash());
        assertThat(largeObjects("7").count()).isEqualTo(1);
    }

    @Test
    void largeObjectInAnotherFormCountsAsAStatement() {
        String one = largeObject("7", "E'\\\\000'");

        assertThat(read(one).objects()).containsKey("blobs BLOBS");
        assertOtherSchema(one, largeObject("7", "E'\\\\001'"));
    }

    @Test
    void pieceOfALargeObjectThatIsTooLongToKeepCountsAsAStatement() {
        String long1 = "'\\x" + "00".repeat(1 << 20) + "'";
        String long2 = "'\\x" + "00".repeat((1 << 20) - 1) + "01'";

        assertOtherSchema(largeObject("7", long1), largeObject("7", long2));
    }

    private static LargeObjectContent largeObjects(String number, String... literals) {
        DumpSummary summary = read(largeObject(number, literals));
        assertThat(summary.objects()).isEmpty();
        return summary.fingerprint().largeObjects();
    }

    private static String largeObject(String number, String... literals) {
        StringBuilder text =
                new StringBuilder(
                        "-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -\n--\n\nBEGIN;\n");
        text.append("SELECT pg_catalog.lo_open('%s', 131072);\n".formatted(number));
        for (String literal : literals) {
            text.append("SELECT pg_catalog.lowrite(0, ").append(literal).append(");\n");
        }
        return text.append("SELECT pg_catalog.lo_close(0);\n\nCOMMIT;\n").toString();
    }

    private static String object(String name, String type) {
        return "--\n-- Name: %s; Type: %s; Schema: public; Owner: lifeos\n--\n\n"
                .formatted(name, type);
    }

    private static void assertSameSchema(String one, String other) {
        assertThat(read(one).objects()).isEqualTo(read(other).objects());
        assertThat(schemaHash(one)).isEqualTo(schemaHash(other));
    }

    private static void assertOtherSchema(String one, String other) {
        assertThat(schemaHash(one)).isNotEqualTo(schemaHash(other));
    }

    private static String schemaHash(String dump) {
        return read(dump).fingerprint().schemaHash();
    }
}
