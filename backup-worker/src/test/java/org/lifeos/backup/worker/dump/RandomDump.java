package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A dump made from a seed, together with what is true about it. */
final class RandomDump {
    /** Text that would lead a reader astray that takes it for SQL; without quotes of any kind. */
    private static final String[] BAIT = {
        "\nCOPY bait FROM stdin;\n",
        "\n\\.\n",
        "\n-- PostgreSQL database dump complete\n",
        "\nSET standard_conforming_strings = off;\n",
        "END;",
        "BEGIN ATOMIC ",
        ";",
        ")",
        "(",
        "é",
        "😀",
        "--",
        "\r\n",
        "\t",
        "/",
        "*",
        "a",
        "E",
        "1",
        "_",
        " ",
        "-- \n",
        "\\\n",
        "\0"
    };

    private final Random random;
    private final StringBuilder sql = new StringBuilder();
    private final Map<String, Long> rowsByTable = new LinkedHashMap<>();
    private final boolean restricted;
    private final byte[] bytes;
    private boolean escapes;

    RandomDump(long seed) {
        random = new Random(seed);
        restricted = random.nextBoolean();
        sql.append("--\n-- PostgreSQL database dump\n--\n\n");
        sql.append(restricted ? "\\restrict Key\n\n" : "");
        int items = random.nextInt(12);
        for (int i = 0; i < items; i++) {
            item();
        }
        sql.append("--\n-- PostgreSQL database dump complete\n--\n\n");
        sql.append(restricted ? "\\unrestrict Key\n\n" : "");
        bytes = sql.toString().getBytes(UTF_8);
    }

    byte[] bytes() {
        return bytes;
    }

    /** Without the comment and the blank line that end it: a cut there takes nothing away. */
    int lengthThatSaysAll() {
        return bytes.length - (restricted ? "\n" : "--\n\n").length();
    }

    /** How many rows of each table it holds. */
    Map<String, Long> rows() {
        return rowsByTable;
    }

    private void item() {
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> copy();
            case 3 -> sql.append("-- Name: ").append(oneLine(bait("'\"$"))).append('\n');
            case 4 -> sql.append(blockComment(3)).append('\n');
            case 5 -> setting();
            case 6 -> sql.append("\\connect ").append(oneLine(bait("'\"$"))).append('\n');
            case 7 -> sqlBody();
            default -> statement();
        }
        sql.append("\n".repeat(random.nextInt(3)));
    }

    private void copy() {
        String table = identifier() + "." + identifier();
        sql.append("COPY ").append(table).append(' ');
        if (random.nextInt(5) > 0) {
            sql.append('(').append(identifier()).append(", ").append(identifier()).append(')');
        }
        sql.append(" FROM stdin;\n");
        int rows = random.nextInt(6);
        for (int i = 0; i < rows; i++) {
            String row = oneLine(bait("'\"$\\")).replace("\r", "\\r");
            sql.append(row.equals("\\.") ? "\\\\." : row).append('\n');
        }
        sql.append("\\.\n");
        rowsByTable.merge(table, (long) rows, Long::sum);
    }

    private void setting() {
        escapes = random.nextBoolean();
        sql.append("SET standard_conforming_strings = ").append(escapes ? "off" : "on");
        sql.append(";\n");
    }

    private void statement() {
        sql.append(random.nextBoolean() ? "SELECT " : "CREATE FUNCTION f() ");
        tokens();
        sql.append(";\n");
    }

    private void sqlBody() {
        sql.append("CREATE OR REPLACE FUNCTION f(begin integer) RETURNS TABLE(atomic text) ");
        tokens();
        sql.append(" BEGIN ATOMIC\n");
        int statements = random.nextInt(4);
        for (int i = 0; i < statements; i++) {
            sql.append("SELECT ");
            tokens();
            sql.append(" CASE WHEN begin THEN ");
            tokens();
            sql.append(" END AS \"end\";\nCOPY bait FROM stdin;\n");
        }
        sql.append("END;\n");
    }

    private void tokens() {
        int count = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            sql.append(token()).append(" , ");
        }
    }

    private String token() {
        return switch (random.nextInt(9)) {
            case 0 -> string(bait("\"$/"));
            case 1 -> "E'" + bait("\"$/").replace("\\", "\\\\") + "it''s \\' \\\\'";
            case 2 -> identifier();
            case 3 -> dollarQuoted();
            case 4 -> "(" + string(bait("\"$")) + ";\nCOPY bait FROM stdin;\n)";
            case 5 -> blockComment(2);
            case 6 -> "-- " + oneLine(bait("'\"$/")) + "\n";
            case 7 -> "a$b$ $1 - 2 / 3";
            default -> "U&'\\0061' x";
        };
    }

    private String string(String content) {
        return "'" + (escapes ? content.replace("\\", "\\\\") + "\\'" : content + "\\''") + "'";
    }

    private String identifier() {
        return random.nextInt(3) == 0
                ? "t" + random.nextInt(50)
                : '"' + bait("'$/").replace("\0", "0") + "\"\"x\"";
    }

    private String dollarQuoted() {
        String tag = new String[] {"$$", "$_$", "$a1é$"}[random.nextInt(3)];
        String content = bait("'\"/") + (tag.equals("$$") ? "$x" : "$$ $_x$ $a1$");
        return tag + content + "\n" + tag;
    }

    private String blockComment(int depth) {
        String inside = bait("'\"$").replace("/", "").replace("*", "");
        String nested = depth > 0 && random.nextBoolean() ? blockComment(depth - 1) : "";
        return "/*" + inside + nested + inside + "*/";
    }

    private String bait(String furtherCharacters) {
        StringBuilder text = new StringBuilder();
        int pieces = random.nextInt(6);
        for (int i = 0; i < pieces; i++) {
            text.append(
                    random.nextInt(3) == 0
                            ? furtherCharacters.charAt(random.nextInt(furtherCharacters.length()))
                            : BAIT[random.nextInt(BAIT.length)]);
        }
        return text.toString();
    }

    private static String oneLine(String text) {
        return text.replace("\n", " ").replace("\r", " ");
    }
}
