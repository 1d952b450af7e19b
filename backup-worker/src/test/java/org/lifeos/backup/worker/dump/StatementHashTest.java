package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatementHashTest {
    @Test
    void parenthesesAndWhiteSpaceDoNotCount() {
        assertSame(
                "CREATE VIEW v AS SELECT (((a > 1) AND (b < 2)) AND c);",
                "CREATE VIEW v AS\n SELECT (a > 1 AND  b<2 AND c);");
        assertDiffer("SELECT a b;", "SELECT ab;");
        assertDiffer("SELECT a(b);", "SELECT ab;");
    }

    @Test
    void castsDoNotCount() {
        assertSame(
                "CHECK ((s)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]));",
                "CHECK ((s)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text]));");
        for (String type :
                new String[] {
                    "character varying(20)",
                    "public.\"Odd :: Type\"[]",
                    "timestamp(3) with time zone",
                    "numeric(10,2)",
                    "interval day to second(3)",
                    "double precision[]",
                    "\"char\"",
                    "bit varying(3)[]"
                }) {
            assertSame("SELECT 'x'::" + type + " AS y;", "SELECT 'x' AS y;");
            assertSame("SELECT ('x'::" + type + ");", "SELECT 'x';");
            assertSame("SELECT 'x'::" + type + ";", "SELECT 'x';");
            assertSame("SELECT 'x'::" + type + ", 'y';", "SELECT 'x', 'y';");
            assertSame("SELECT 'x'::" + type + " || 'y';", "SELECT 'x' || 'y';");
        }
        assertSame("SELECT a::time NOT NULL;", "SELECT a NOT NULL;");
        assertSame("SELECT a::time verylongword b;", "SELECT a verylongword b;");
    }

    @Test
    void whatIsNoCastCounts() {
        assertDiffer("SELECT a[1:2];", "SELECT a[12];");
        assertDiffer("SELECT a[b:c];", "SELECT a[b];");
        assertDiffer("SELECT '::text';", "SELECT '';");
        assertDiffer("SELECT \"a::text\";", "SELECT \"a\";");
        assertDiffer("SELECT $$a::text$$;", "SELECT $$a$$;");
        assertDiffer("SELECT a::text b;", "SELECT a::text c;");
        assertDiffer("SELECT a::time b;", "SELECT a::time c;");
        assertDiffer("SELECT a::text COLLATE \"C\";", "SELECT a::text COLLATE \"D\";");
    }

    @Test
    void quotedTextCountsByteForByte() {
        assertDiffer("SELECT 'a b';", "SELECT 'ab';");
        assertDiffer("SELECT '(a)';", "SELECT 'a';");
        assertDiffer("SELECT 'it''s (a)';", "SELECT 'it''s a';");
        assertDiffer("SELECT \"(a)\";", "SELECT \"a\";");
        assertDiffer("AS $_$ a b $_$;", "AS $_$ ab $_$;");
        assertDiffer("AS $_$ ' (a) $_$;", "AS $_$ ' a $_$;");
        assertDiffer("AS $$ x $$ COST 1;", "AS $$ x $$ COST 2;");
    }

    @Test
    void elementsOfATableHaveNoOrder() {
        for (String kind : new String[] {"", "UNLOGGED ", "FOREIGN "}) {
            String create = "CREATE " + kind + "TABLE public.\"t (\" (\n    ";
            assertSame(
                    create + "a integer,\n    b numeric(3,1) DEFAULT 'x, y'\n)\nINHERITS (p, q);",
                    create + "b numeric(3,1) DEFAULT 'x, y',\n    a integer\n)\nINHERITS (p, q);");
            assertDiffer(create + "a int, b text);", create + "a text, b int);");
            assertDiffer(create + "a int);", create + "a int, a int);");
            assertDiffer(create + "a int)\nINHERITS (p, q);", create + "a int)\nINHERITS (q, p);");
            assertDiffer(create + "b numeric(3,1));", create + "b numeric(1,3));");
        }
    }

    @Test
    void elementsOfATypeHaveAnOrder() {
        assertDiffer("CREATE TYPE t AS (a int, b int);", "CREATE TYPE t AS (b int, a int);");
        assertDiffer("CREATE INDEX i ON t (a, b);", "CREATE INDEX i ON t (b, a);");
    }

    @Test
    void columnsOfStatisticsAndPublicationsHaveNoOrder() {
        assertSame("CREATE STATISTICS s ON a, b FROM t;", "CREATE STATISTICS s ON b, a FROM t;");
        assertDiffer("CREATE STATISTICS s ON a, b FROM t;", "CREATE STATISTICS s ON a, c FROM t;");
        assertSame(
                "ALTER PUBLICATION p ADD TABLE ONLY t (a, b);",
                "ALTER PUBLICATION p ADD TABLE ONLY t (b, a);");
        assertDiffer(
                "ALTER PUBLICATION p ADD TABLE ONLY t (a, b);",
                "ALTER PUBLICATION p ADD TABLE ONLY t (a);");
    }

    @Test
    void everyPartOfALongStatementCounts() {
        String body = "x".repeat(3 << 20);
        String one = "CREATE FUNCTION f() AS $$" + body + "$$;";
        assertThat(hashOf(one, 1 << 16)).isEqualTo(hashOf(one, one.length()));
        assertDiffer(one, "CREATE FUNCTION f() AS $$" + body + "y$$;");
        assertDiffer("SELECT " + body + ";", "SELECT " + body + "y;");
    }

    private static void assertSame(String one, String other) {
        assertThat(hashOf(one)).as("%s%n%s", one, other).isEqualTo(hashOf(other));
    }

    private static void assertDiffer(String one, String other) {
        assertThat(hashOf(one)).as("%s%n%s", one, other).isNotEqualTo(hashOf(other));
    }

    private static String hashOf(String statement) {
        String whole = hashOf(statement, statement.length() * 4);
        for (int piece = 1; statement.length() < 1_000 && piece < 8; piece++) {
            assertThat(hashOf(statement, piece)).as(statement).isEqualTo(whole);
        }
        return whole;
    }

    private static String hashOf(String statement, int pieceBytes) {
        byte[] bytes = statement.getBytes(UTF_8);
        StatementHash hash = new StatementHash();
        for (int at = 0; at < bytes.length; at += pieceBytes) {
            hash.update(bytes, at, Math.min(bytes.length, at + pieceBytes));
        }
        HashSum sum = new HashSum();
        hash.finishInto(sum);
        return sum.hex();
    }
}
