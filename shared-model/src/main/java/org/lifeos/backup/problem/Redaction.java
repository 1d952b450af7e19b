package org.lifeos.backup.problem;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Takes secrets out of text that is logged, stored or answered: the known ones, and what looks like
 * one.
 */
public final class Redaction {
    private static final String MASK = "***";

    /** A secret this short would mask ordinary words. */
    private static final int SHORTEST_SECRET = 4;

    private static final Pattern PASSWORD_IN_URL =
            Pattern.compile("(?<=://)([^/@\\s:]*):[^/\\s]+@");
    private static final Pattern ASSIGNED_PASSWORD =
            Pattern.compile(
                    "(?i)\\b(password|passwd|pgpassword|sslpassword|token|secret)(\\s*[=:]\\s*|\\s+)('(?:[^'\\\\]|\\\\.|'')*+'|'[^']*'|\"[^\"]*\"|SCRAM-\\S+|md5[0-9a-f]{32})");

    /** As in a connection string of libpq or the query of a URL. */
    private static final Pattern UNQUOTED_PASSWORD =
            Pattern.compile(
                    "(?i)\\b(password|passwd|pgpassword|sslpassword|token|secret)(\\s*=\\s*)(?!['\"*])(?:\\\\.|[^\\s\\\\&'\"])+");

    private static final Pattern BEARER =
            Pattern.compile("(?i)\\bbearer\\s+[A-Za-z0-9._~+/=-]{8,}");

    private final List<String> secrets;

    public Redaction(Collection<String> secrets) {
        this.secrets =
                secrets.stream()
                        .filter(secret -> secret.length() >= SHORTEST_SECRET)
                        .distinct()
                        // a secret that holds another one goes first
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .toList();
    }

    /** One that takes out these secrets too. */
    public Redaction and(Collection<String> more) {
        return new Redaction(Stream.concat(secrets.stream(), more.stream()).toList());
    }

    public String apply(String text) {
        if (text == null) {
            return null;
        }
        String clean = text;
        for (String secret : secrets) {
            clean = clean.replace(secret, MASK);
        }
        clean = PASSWORD_IN_URL.matcher(clean).replaceAll("$1:" + MASK + "@");
        clean = ASSIGNED_PASSWORD.matcher(clean).replaceAll("$1$2" + MASK);
        clean = UNQUOTED_PASSWORD.matcher(clean).replaceAll("$1$2" + MASK);
        return BEARER.matcher(clean).replaceAll("Bearer " + MASK);
    }
}
