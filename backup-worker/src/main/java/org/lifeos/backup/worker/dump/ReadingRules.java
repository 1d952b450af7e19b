package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Judges statements that change how psql reads the script itself: after one that is not understood
 * here, what is a string for psql may be a statement for us, and the other way round. pg_dump sets
 * {@code client_encoding} and {@code standard_conforming_strings} in one form, which is known.
 */
final class ReadingRules {
    private static final byte[] PLAIN_STRINGS = ascii("SET standard_conforming_strings = on;");
    private static final byte[] ESCAPE_STRINGS = ascii("SET standard_conforming_strings = off;");

    private static final Pattern ENCODING =
            Pattern.compile("set client_encoding (?:=|to) '?([\\w-]+)'? ?;");

    /**
     * The encodings of databases: in them every ASCII byte is that character. In the others (SJIS,
     * BIG5, GBK, UHC, GB18030, JOHAB) a quote may be the second half of a letter.
     */
    private static final Pattern SAFE_ENCODING =
            Pattern.compile(
                    "sqlascii|utf8|unicode|euc(jp|cn|kr|tw|jis2004)|muleinternal|latin([1-9]|10)|iso8859\\d{1,2}|win(125\\d|866|874)|koi8[ru]?");

    /** Statements that hold such words as data or as an object's definition, and run nothing. */
    private static final Set<String> HARMLESS =
            Set.of(
                    "alter",
                    "analyze",
                    "comment",
                    "copy",
                    "create",
                    "delete",
                    "drop",
                    "grant",
                    "insert",
                    "lock",
                    "refresh",
                    "revoke",
                    "security",
                    "update");

    private static final Pattern FIRST_WORD =
            Pattern.compile("(?:\\s|--.*|/\\*(?s:.*?)\\*/)*+(\\w*)");
    private static final Pattern CHANGES_READING =
            Pattern.compile(
                    "client_encoding|standard_conforming_strings|\\bset\\W+(session\\W+|local\\W+)?names\\b|^(reset|discard)\\s+all\\b");

    private boolean inTransaction;

    /**
     * @return what is wrong with the statement, as a noun for people; empty where nothing is
     */
    Optional<String> objection(KeptText text) {
        String first = firstWord(text);
        if (HARMLESS.contains(first)) {
            return Optional.empty();
        }
        switch (first) {
            case "begin", "start" -> inTransaction = true;
            case "commit", "end", "rollback", "abort" -> inTransaction = false;
            default -> {}
        }
        if (text.cut()) {
            return Optional.of("a statement of more than 1 MiB that is no definition and no data");
        }
        String statement =
                text.substring(0, text.length())
                        .strip()
                        .replaceAll("\\s+", " ")
                        .toLowerCase(Locale.ROOT);
        if (!CHANGES_READING.matcher(statement).find()) {
            return Optional.empty();
        }
        // rolled back, it would be undone without a word
        if (!inTransaction && (isKnownStringSetting(text) || isSafeEncoding(statement))) {
            return Optional.empty();
        }
        return Optional.of(
                "a change of client_encoding or standard_conforming_strings that pg_dump does not write");
    }

    private static String firstWord(KeptText text) {
        Matcher word = FIRST_WORD.matcher(text.substring(0, Math.min(text.length(), 4096)));
        return word.lookingAt() ? word.group(1).toLowerCase(Locale.ROOT) : "";
    }

    private static boolean isKnownStringSetting(KeptText text) {
        return text.is(PLAIN_STRINGS) || text.is(ESCAPE_STRINGS);
    }

    private static boolean isSafeEncoding(String statement) {
        Matcher encoding = ENCODING.matcher(statement);
        return encoding.matches()
                && SAFE_ENCODING.matcher(encoding.group(1).replaceAll("[^a-z0-9]", "")).matches();
    }
}
