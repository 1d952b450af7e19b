package org.lifeos.backup.api.request;

import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.lifeos.backup.problem.ProblemException;

/** What callers may put into parameters and paths. */
public final class Fields {
    private static final int LONGEST_ECHO = 80;

    private Fields() {}

    /** A control character other than line ends and tabs, or half a character. */
    static boolean isNoText(int c) {
        boolean lineEndOrTab = c == '\n' || c == '\r' || c == '\t';
        return Character.isISOControl(c) && !lineEndOrTab
                || Character.getType(c) == Character.SURROGATE;
    }

    /** One of the values of an enum as a query parameter; null where it was not given. */
    public static <E> E parameter(String name, String value, E[] values, Function<E, String> code) {
        if (value == null) {
            return null;
        }
        return find(value, values, code)
                .orElseThrow(() ->
                        ProblemException.parameter(
                                name,
                                "must be one of %s, not '%s'."
                                        .formatted(codes(values, code), shown(value))));
    }

    private static <E> Optional<E> find(String value, E[] values, Function<E, String> code) {
        return Arrays.stream(values)
                .filter(candidate -> code.apply(candidate).equals(value))
                .findFirst();
    }

    private static <E> String codes(E[] values, Function<E, String> code) {
        return String.join(", ", Arrays.stream(values).map(code).toList());
    }

    /** An id out of a path; empty when the text is none, because then it names nothing. */
    public static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text))
                    .filter(id -> id.toString().equalsIgnoreCase(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * The name of a target as a query parameter. One that is not known any more may still have
     * backups.
     */
    public static String targetParameter(String value) {
        if (value != null && value.codePoints().anyMatch(Fields::isNoText)) {
            throw ProblemException.parameter("target", "is no name of a target.");
        }
        return value;
    }

    /** A caller's value as a message may repeat it. */
    public static String shown(String value) {
        String printable =
                value.codePoints()
                        .limit(LONGEST_ECHO)
                        .collect(
                                StringBuilder::new,
                                (text, c) -> text.appendCodePoint(isNoText(c) ? '?' : c),
                                StringBuilder::append)
                        .toString();
        return value.length() > LONGEST_ECHO ? printable + "…" : printable;
    }
}
