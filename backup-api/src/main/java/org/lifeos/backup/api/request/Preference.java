package org.lifeos.backup.api.request;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lifeos.backup.problem.ProblemException;

/**
 * What a caller prefers (RFC 7240).
 *
 * @param patience how long the answer may be held until the job ends; zero means not at all
 * @param respondAsync whether a wait that was too short is answered with 202 instead of a problem
 */
public record Preference(Duration patience, boolean respondAsync) {
    private static final int LONGEST_WAIT_SECONDS = 600;

    /**
     * Reads the headers {@code Prefer}. Preferences that nobody knows are passed over, as the RFC
     * wants; a wait that cannot be granted is an error, because a caller who trusts it would take
     * 202 for success.
     */
    public static Preference of(List<String> headers) {
        Duration wait = Duration.ZERO;
        boolean respondAsync = false;
        for (String preference :
                headers.stream().flatMap(header -> List.of(header.split(",")).stream()).toList()) {
            String[] parts = preference.split(";", 2)[0].split("=", 2);
            switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
                case "wait" -> wait = wait.isZero() ? seconds(parts) : wait;
                case "respond-async" -> respondAsync = true;
                default -> {}
            }
        }
        return new Preference(wait, respondAsync);
    }

    private static Duration seconds(String[] parts) {
        String value = parts.length < 2 ? "" : parts[1].strip().replaceAll("^\"(.*)\"$", "$1");
        if (value.matches("[0-9]{1,4}")) {
            int seconds = Integer.parseInt(value);
            if (seconds >= 1 && seconds <= LONGEST_WAIT_SECONDS) {
                return Duration.ofSeconds(seconds);
            }
        }
        throw ProblemException.header(
                "Prefer",
                "must be wait=SECONDS with 1 to %d seconds, not 'wait=%s'."
                        .formatted(LONGEST_WAIT_SECONDS, Fields.shown(value)));
    }

    public boolean waits() {
        return !patience.isZero();
    }

    /** The header {@code Preference-Applied}. */
    public String applied() {
        List<String> applied = new ArrayList<>();
        if (waits()) {
            applied.add("wait=" + patience.toSeconds());
        }
        if (respondAsync) {
            applied.add("respond-async");
        }
        return String.join(", ", applied);
    }
}
