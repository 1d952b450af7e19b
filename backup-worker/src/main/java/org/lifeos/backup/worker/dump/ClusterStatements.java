package org.lifeos.backup.worker.dump;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Looks for statements that reach beyond the database they run in: roles, databases, tablespaces,
 * settings of the server. pg_dump writes none of them into the dump of one database, and a restore
 * into a copy would change the live server by them. What runs inside of functions and DO blocks is
 * not seen: it has the rights of the user who restores.
 */
public final class ClusterStatements {
    private static final int LOOKED_AT = 4096;
    private static final Set<String> VERBS = Set.of("create", "alter", "drop");
    private static final Set<String> CLUSTER_WIDE =
            Set.of("role", "user", "group", "database", "tablespace", "system");
    private static final Pattern COMMENT =
            Pattern.compile("--[^\\n]*|/\\*(?:(?!/\\*|\\*/).)*\\*/", Pattern.DOTALL);

    private String first;

    /**
     * What the first of them begins with, like {@code DROP DATABASE}; empty where there is none.
     */
    public Optional<String> first() {
        return Optional.ofNullable(first);
    }

    void statement(KeptText text) {
        if (first == null && mayBegin(text)) {
            List<String> tokens = SqlTokens.of(beginning(text));
            if (isClusterWide(tokens)) {
                first = (tokens.get(0) + " " + tokens.get(1)).toUpperCase(Locale.ROOT);
            }
        }
    }

    /** Most statements are none of these, and some are long. */
    private static boolean mayBegin(KeptText text) {
        int at = 0;
        while (at < text.length() && text.at(at) <= ' ') {
            at++;
        }
        return at < text.length() && "cCaAdDgGrR/-".indexOf(text.at(at)) >= 0;
    }

    /** Comments nest: the innermost go first. */
    private static String beginning(KeptText text) {
        String statement = text.substring(0, Math.min(text.length(), LOOKED_AT));
        String before;
        do {
            before = statement;
            statement = COMMENT.matcher(before).replaceAll(" ");
        } while (!statement.equals(before));
        return statement;
    }

    private static boolean isClusterWide(List<String> tokens) {
        if (tokens.size() < 3) {
            return false;
        }
        String verb = tokens.get(0);
        String object = tokens.get(1);
        if (object.equals("owned")) {
            return verb.equals("drop") || verb.equals("reassign");
        }
        if (VERBS.contains(verb)) {
            return CLUSTER_WIDE.contains(object)
                    && !(object.equals("user") && tokens.get(2).equals("mapping"));
        }
        // privileges are ON something, memberships are not
        return (verb.equals("grant") || verb.equals("revoke")) && !tokens.contains("on");
    }
}
