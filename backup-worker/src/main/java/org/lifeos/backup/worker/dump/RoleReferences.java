package org.lifeos.backup.worker.dump;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

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
            case "set" -> after(tokens, "authorization");
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
        int owner = tokens.lastIndexOf("owner");
        if (owner >= 0 && owner + 2 < tokens.size() && tokens.get(owner + 1).equals("to")) {
            add(tokens.get(owner + 2));
        }
        if (tokens.size() > 2
                && tokens.get(1).equals("default")
                && tokens.get(2).equals("privileges")) {
            after(tokens, "role");
            rolesAfterLast(tokens, tokens.contains("revoke") ? "from" : "to");
        }
    }

    private void created(List<String> tokens) {
        switch (tokens.get(1)) {
            case "policy" -> rolesAfterFirst(tokens, "to");
            case "user" -> after(tokens, "for");
            case "schema" -> after(tokens, "authorization");
            default -> {}
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
