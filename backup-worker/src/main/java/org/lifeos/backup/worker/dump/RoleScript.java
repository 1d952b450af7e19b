package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code pg_dumpall --globals-only} wrote about roles, taken apart: which statements make
 * which role, and who is a member of whom. Everything else in it, tablespaces for example, is left
 * aside.
 */
public final class RoleScript {
    private final Map<String, List<String>> statements = new LinkedHashMap<>();
    private final List<Membership> memberships = new ArrayList<>();

    /**
     * One role in another.
     *
     * @param statement the GRANT as it stands in the script
     */
    public record Membership(String role, String member, String statement) {}

    private RoleScript() {}

    public static RoleScript parse(String sql) {
        RoleScript script = new RoleScript();
        ScriptLexer lexer = new ScriptLexer();
        byte[] bytes = sql.getBytes(UTF_8);
        int at = 0;
        while (at < bytes.length) {
            at = lexer.read(bytes, at, bytes.length);
            if (lexer.itemEnded()
                    && lexer.kind() == ScriptLexer.Kind.STATEMENT
                    && !lexer.text().cut()) {
                script.statement(lexer.text().substring(0, lexer.text().length()));
            }
        }
        return script;
    }

    private void statement(String statement) {
        List<String> tokens = SqlTokens.of(statement);
        if (tokens.size() < 4) {
            return;
        }
        String begin = tokens.get(0) + " " + tokens.get(1);
        switch (begin) {
            case "create role", "alter role" -> add(tokens.get(2), statement);
            case "comment on" -> {
                if (tokens.get(2).equals("role")) {
                    add(tokens.get(3), statement);
                }
            }
            default -> {
                if (tokens.get(0).equals("grant") && tokens.get(2).equals("to")) {
                    memberships.add(
                            new Membership(
                                    SqlTokens.name(tokens.get(1)),
                                    SqlTokens.name(tokens.get(3)),
                                    statement));
                }
            }
        }
    }

    private void add(String role, String statement) {
        statements.computeIfAbsent(SqlTokens.name(role), _ -> new ArrayList<>()).add(statement);
    }

    /** The roles in the order of the script. */
    public Set<String> roles() {
        return new LinkedHashSet<>(statements.keySet());
    }

    /** What makes this role, CREATE ROLE first; empty where the script does not know it. */
    public List<String> statementsOf(String role) {
        return List.copyOf(statements.getOrDefault(role, List.of()));
    }

    /** These roles, and all that are members of one of them or have one as a member, and so on. */
    public Set<String> withRelatives(Set<String> roles) {
        Set<String> related = new LinkedHashSet<>(roles);
        int before;
        do {
            before = related.size();
            for (Membership membership : memberships) {
                if (related.contains(membership.role()) || related.contains(membership.member())) {
                    related.add(membership.role());
                    related.add(membership.member());
                }
            }
        } while (related.size() > before);
        return related;
    }

    public List<Membership> memberships() {
        return List.copyOf(memberships);
    }
}
