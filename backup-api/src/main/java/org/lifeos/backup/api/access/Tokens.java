package org.lifeos.backup.api.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.lifeos.backup.access.Role;

/** The tokens that are let in. Only their SHA-256 is held, and compared in constant time. */
public final class Tokens {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern HASH = Pattern.compile("sha256:([0-9a-fA-F]{64})");

    private final List<Token> tokens;

    private Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** One that is let in, under its name. */
    public record Token(String name, Role role, byte[] hash) {}

    /** The lines are wrong; the message names the line and never its token. */
    static final class WrongTokens extends Exception {
        private static final long serialVersionUID = 1L;

        private WrongTokens(String message) {
            super(message);
        }
    }

    /**
     * Reads lines {@code NAME:ROLE:TOKEN} or {@code NAME:ROLE:sha256:HEX}. Empty lines and lines
     * that begin with # count for nothing.
     */
    static Tokens parse(String lines) throws WrongTokens {
        List<Token> tokens = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int number = 0;
        for (String raw : lines.split("\\R")) {
            number++;
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Token token = parseLine(number, line);
            if (!names.add(token.name())) {
                throw new WrongTokens(
                        "line %d names '%s' a second time".formatted(number, token.name()));
            }
            tokens.add(token);
        }
        if (tokens.isEmpty()) {
            throw new WrongTokens("holds no token");
        }
        return new Tokens(List.copyOf(tokens));
    }

    private static Token parseLine(int number, String line) throws WrongTokens {
        String[] parts = line.split(":", 3);
        if (parts.length < 3 || !NAME.matcher(parts[0]).matches() || parts[2].isBlank()) {
            throw new WrongTokens("line %d is not NAME:ROLE:TOKEN".formatted(number));
        }
        Role role =
                Role.byCode(parts[1])
                        .orElseThrow(() ->
                                new WrongTokens(
                                        "line %d has a role other than viewer, operator, admin"
                                                .formatted(number)));
        if (!parts[2].startsWith("sha256:")) {
            return new Token(parts[0], role, sha256(parts[2]));
        }
        var hash = HASH.matcher(parts[2]);
        if (!hash.matches()) {
            throw new WrongTokens(
                    "line %d has a sha256: that is not 64 hex digits".formatted(number));
        }
        return new Token(parts[0], role, HexFormat.of().parseHex(hash.group(1)));
    }

    /** The token that was presented, if it is let in. Takes the same time whichever it is. */
    Optional<Token> find(String presented) {
        byte[] hash = sha256(presented);
        Token found = null;
        for (Token token : tokens) {
            if (MessageDigest.isEqual(token.hash(), hash)) {
                found = token;
            }
        }
        return Optional.ofNullable(found);
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
