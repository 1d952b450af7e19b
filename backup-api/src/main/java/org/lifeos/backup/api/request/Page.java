package org.lifeos.backup.api.request;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import org.lifeos.backup.problem.ProblemException;

/** A page of a list, newest first; {@code nextCursor} is null on the last one. */
public record Page<T>(List<T> items, String nextCursor) {
    private static final int DEFAULT_LIMIT = 50;
    private static final int LARGEST_LIMIT = 200;

    /** How many are asked for. */
    public static int limit(String parameter) {
        if (parameter == null) {
            return DEFAULT_LIMIT;
        }
        if (parameter.matches("[0-9]{1,3}")) {
            int limit = Integer.parseInt(parameter);
            if (limit >= 1 && limit <= LARGEST_LIMIT) {
                return limit;
            }
        }
        throw ProblemException.parameter(
                "limit",
                "must be a number from 1 to %d, not '%s'."
                        .formatted(LARGEST_LIMIT, Fields.shown(parameter)));
    }

    /**
     * Makes a page of one row more than was asked for: that row tells that there is a next page.
     *
     * @param list the list's name: its cursors are worth nothing to another one
     */
    public static <R, T> Page<T> of(
            String list, List<R> rows, int limit, Function<R, String> place, Function<R, T> item) {
        boolean more = rows.size() > limit;
        List<R> shown = more ? rows.subList(0, limit) : rows;
        String next = more ? encode(list + ":" + place.apply(shown.getLast())) : null;
        return new Page<>(shown.stream().map(item).toList(), next);
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The place that a cursor of this list stands for, read by {@code reader}; null where none was
     * given.
     */
    public static <P> P place(String list, String cursor, Function<String, P> reader) {
        if (cursor == null) {
            return null;
        }
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (text.startsWith(list + ":")) {
                return reader.apply(text.substring(list.length() + 1));
            }
        } catch (IllegalArgumentException | DateTimeException | IndexOutOfBoundsException e) {
            // said below, together with the cursor of another list
        }
        throw ProblemException.parameter("cursor", "is none that this list gave out.");
    }
}
