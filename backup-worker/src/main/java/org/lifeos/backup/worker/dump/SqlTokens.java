package org.lifeos.backup.worker.dump;

import java.util.ArrayList;
import java.util.List;

/**
 * The tokens of a short statement, as far as names and key words go: a word in lower case, as
 * PostgreSQL folds it; a quoted identifier by its value after {@code "}; a string by its value
 * after {@code '}; every other byte by itself (PostgreSQL manual, 4.1.1).
 */
final class SqlTokens {
    private static final char QUOTED = '"';
    private static final char STRING = '\'';

    private SqlTokens() {}

    static List<String> of(String statement) {
        List<String> tokens = new ArrayList<>();
        int at = 0;
        while (at < statement.length()) {
            char c = statement.charAt(at);
            if (c == QUOTED || c == STRING) {
                int end = endOfQuoted(statement, at);
                tokens.add(c + unquoted(statement, at, end));
                at = end;
            } else if (isWord(c)) {
                int end = at;
                while (end < statement.length() && isWord(statement.charAt(end))) {
                    end++;
                }
                tokens.add(folded(statement.substring(at, end)));
                at = end;
            } else {
                if (!Character.isWhitespace(c)) {
                    tokens.add(String.valueOf(c));
                }
                at++;
            }
        }
        return tokens;
    }

    /** Whether the token is a name; a key word may look like one. */
    static boolean isName(String token) {
        return token.charAt(0) == QUOTED || isWord(token.charAt(0));
    }

    static boolean isString(String token) {
        return token.charAt(0) == STRING;
    }

    static String name(String token) {
        return token.charAt(0) == QUOTED || isString(token) ? token.substring(1) : token;
    }

    private static int endOfQuoted(String statement, int from) {
        char quote = statement.charAt(from);
        int at = from + 1;
        while (at < statement.length()) {
            if (statement.charAt(at) == quote) {
                if (at + 1 == statement.length() || statement.charAt(at + 1) != quote) {
                    return at + 1;
                }
                at++;
            }
            at++;
        }
        return at;
    }

    private static String unquoted(String statement, int from, int end) {
        String quote = statement.substring(from, from + 1);
        return statement
                .substring(from + 1, Math.max(from + 1, end - 1))
                .replace(quote + quote, quote);
    }

    /** The server folds ASCII letters alone in a multi-byte encoding. */
    private static String folded(String word) {
        StringBuilder folded = new StringBuilder(word.length());
        word.chars()
                .map(c -> c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c)
                .forEach(c -> folded.append((char) c));
        return folded.toString();
    }

    private static boolean isWord(char c) {
        return c == '_' || c == '$' || Character.isLetterOrDigit(c);
    }
}
