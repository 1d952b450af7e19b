package org.lifeos.backup.worker.dump;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which roles a dump speaks of: owners, grantees, grantors, those of policies and user mappings.
 * Without them on the server its restore fails.
 */
public final class RoleReferences {
    /** Key words of PostgreSQL's role specification that are no roles. */
    private static final Set<String> NO_ROLES =
            Set.of("public", "current_user", "session_user", "current_role", "default", "group");

    private final Set<String> names = new TreeSet<>();

    /** The roles so far, sorted, without quotes. */
    public Set<String> names() {
        return Set.copyOf(names);
    }

    void statement(KeptText text) {
        if (!speaksOfRoles(text)) {
            return;
        }
        List<String> tokens = SqlTokens.of(text.substring(0, text.length()));
        switch (tokens.getFirst()) {
            case "grant" -> rolesAfterLast(tokens, "to");
            case "revoke" -> rolesAfterLast(tokens, "from");
            case "alter" -> altered(tokens);
            case "set" -> sessionUser(tokens);
            case "create" -> created(tokens);
            default -> {}
        }
    }

    /** Others are not worth being taken apart: most are, and some are long. */
    private static boolean speaksOfRoles(KeptText text) {
        String begin = text.substring(0, Math.min(text.length(), 40)).toLowerCase(Locale.ROOT);
        return begin.startsWith("grant ")
                || begin.startsWith("revoke ")
                || begin.startsWith("alter ")
                || begin.startsWith("set session authorization ")
                || begin.startsWith("create policy ")
                || begin.startsWith("create user mapping ")
                || begin.startsWith("create schema ");
    }

    private void altered(List<String> tokens) {
        // the role itself may be called owner
        int to = tokens.lastIndexOf("to");
        if (to > 0 && to + 1 < tokens.size() && tokens.get(to - 1).equals("owner")) {
            add(tokens.get(to + 1));
        }
        if (tokens.size() > 2
                && tokens.get(1).equals("default")
                && tokens.get(2).equals("privileges")) {
            after(tokens, "role");
            rolesAfterLast(tokens, "to");
            rolesAfterLast(tokens, "from");
        }
    }

    private void created(List<String> tokens) {
        switch (tokens.get(1)) {
            case "policy" -> rolesAfterFirst(beforeExpressions(tokens), "to");
            case "user" -> after(tokens, "for");
            case "schema" -> after(tokens, "authorization");
            default -> {}
        }
    }

    /** There TO may be a part of an interval's type. */
    private static List<String> beforeExpressions(List<String> tokens) {
        int end =
                Stream.of("using", "with")
                        .mapToInt(tokens::indexOf)
                        .filter(at -> at >= 0)
                        .min()
                        .orElse(tokens.size());
        return tokens.subList(0, end);
    }

    /** pg_dump writes the name as a string. */
    private void sessionUser(List<String> tokens) {
        String user = tokens.size() > 3 ? tokens.get(3) : "default";
        if (SqlTokens.isString(user)) {
            names.add(SqlTokens.name(user));
        } else {
            add(user);
        }
    }

    private void after(List<String> tokens, String word) {
        int at = tokens.indexOf(word);
        if (at >= 0 && at + 1 < tokens.size()) {
            add(tokens.get(at + 1));
        }
    }

    private void rolesAfterLast(List<String> tokens, String word) {
        rolesFrom(tokens, tokens.lastIndexOf(word));
    }

    private void rolesAfterFirst(List<String> tokens, String word) {
        rolesFrom(tokens, tokens.indexOf(word));
    }

    /** A list of names with commas between them. */
    private void rolesFrom(List<String> tokens, int word) {
        if (word < 0) {
            return;
        }
        for (int at = word + 1; at < tokens.size(); at += 2) {
            // TO GROUP name, as PostgreSQL had it before there were roles
            at += tokens.get(at).equals("group") && at + 1 < tokens.size() ? 1 : 0;
            add(tokens.get(at));
            if (at + 1 == tokens.size() || !tokens.get(at + 1).equals(",")) {
                return;
            }
        }
    }

    private void add(String token) {
        if (SqlTokens.isName(token) && !NO_ROLES.contains(token)) {
            names.add(SqlTokens.name(token));
        }
    }
}
