package org.lifeos.backup.api.health;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Times and sizes as people read them. */
final class Amounts {
    private static final List<String> UNITS = List.of("bytes", "KiB", "MiB", "GiB", "TiB", "PiB");
    private static final int STEP = 1024;

    private Amounts() {}

    /** Two units at most, like {@code 3 h 12 min}; the future is {@code 0 s}. */
    static String time(Duration time) {
        if (time.isNegative()) {
            return "0 s";
        }
        if (time.toDays() >= 2) {
            return pair(time.toDays(), "days", time.toHoursPart(), "h");
        }
        if (time.toHours() >= 1) {
            return pair(time.toHours(), "h", time.toMinutesPart(), "min");
        }
        if (time.toMinutes() >= 1) {
            return pair(time.toMinutes(), "min", time.toSecondsPart(), "s");
        }
        return time.toSeconds() + " s";
    }

    static String since(Instant then, Instant now) {
        return time(Duration.between(then, now));
    }

    private static String pair(long great, String greatUnit, long small, String smallUnit) {
        return small == 0
                ? great + " " + greatUnit
                : "%d %s %d %s".formatted(great, greatUnit, small, smallUnit);
    }

    /** Like {@code 11.2 MiB}. */
    static String bytes(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= STEP && unit < UNITS.size() - 1) {
            amount /= STEP;
            unit++;
        }
        return unit == 0
                ? bytes + " bytes"
                : String.format(Locale.ROOT, "%.1f %s", amount, UNITS.get(unit));
    }
}
