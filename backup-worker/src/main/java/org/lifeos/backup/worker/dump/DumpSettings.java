package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings in effect for the next statement of a dump. pg_dump writes them between objects, and
 * only where they change: to an object belongs what it is created with, not where the line stands.
 */
final class DumpSettings {
    private static final byte[][] BEGINNINGS = {
        ascii("SET "), ascii("RESET "), ascii("SELECT pg_catalog.set_config(")
    };
    private static final int LONGEST_SETTING_BYTES = 4096;
    private static final Pattern ASSIGNMENT =
            Pattern.compile(
                    "SET (SESSION AUTHORIZATION|\\w+)(?: = | TO | )(.*);"
                            + "|RESET (SESSION AUTHORIZATION|\\w+);"
                            + "|SELECT pg_catalog\\.set_config\\('(\\w+)', (.*), false\\);",
                    Pattern.DOTALL);

    private static final String TABLESPACE = "default_tablespace";
    private static final String ACCESS_METHOD = "default_table_access_method";
    private static final String OIDS = "default_with_oids";
    private static final Set<String> FOR_EVERYTHING =
            Set.of("search_path", "SESSION AUTHORIZATION");
    private static final Set<String> IN_TABLESPACES =
            Set.of("TABLE", "MATERIALIZED VIEW", "INDEX", "CONSTRAINT");
    private static final Pattern WITH_STORAGE =
            Pattern.compile("CREATE (UNLOGGED )?(TABLE|MATERIALIZED VIEW) ");

    private final Map<String, String> values = new TreeMap<>();

    /** Whether the statement changes a setting; it is remembered then. */
    boolean take(KeptText statement) {
        for (byte[] beginning : BEGINNINGS) {
            if (statement.startsWith(beginning)) {
                return remember(statement.substring(0, shortened(statement)));
            }
        }
        return false;
    }

    private boolean remember(String statement) {
        Matcher assignment = ASSIGNMENT.matcher(statement);
        if (!assignment.matches()) {
            return false;
        }
        if (assignment.group(3) != null) {
            values.remove(assignment.group(3));
        } else if (assignment.group(1) != null) {
            keep(assignment.group(1), assignment.group(2));
        } else {
            keep(assignment.group(4), assignment.group(5));
        }
        return true;
    }

    private void keep(String name, String value) {
        if (FOR_EVERYTHING.contains(name)
                || Set.of(TABLESPACE, ACCESS_METHOD, OIDS).contains(name)) {
            values.put(name, value);
        }
    }

    /** Those that matter to a statement, as one text. */
    String effectiveFor(String type, KeptText statement) {
        boolean stored = hasStorage(statement);
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) -> {
            boolean matters =
                    switch (name) {
                        case TABLESPACE -> IN_TABLESPACES.contains(type);
                        case ACCESS_METHOD, OIDS -> stored;
                        default -> true;
                    };
            if (matters) {
                text.append(name).append('=').append(value).append('\n');
            }
        });
        return text.toString();
    }

    /** A partitioned table has none, so that no access method is set for it. */
    private static boolean hasStorage(KeptText statement) {
        return WITH_STORAGE.matcher(statement.substring(0, shortened(statement))).lookingAt()
                && !statement.substring(0, statement.length()).contains("\nPARTITION BY ");
    }

    private static int shortened(KeptText statement) {
        return Math.min(statement.length(), LONGEST_SETTING_BYTES);
    }
}
