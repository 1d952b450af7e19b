package org.lifeos.backup.worker.catalog;

/**
 * Looks in a dump for times with an offset from UTC, as PostgreSQL writes a {@code timestamptz}:
 * {@code 2026-01-31 12:00:00.5+05:45}. The session's zone decides it, and a dump does not tell that
 * zone. What only looks like one counts too: it costs a comparison, never a wrong answer.
 */
final class ZoneOffsets {
    private enum Seen {
        NOTHING,
        COLON,
        TENS,
        SECONDS,
        FRACTION,
        SIGN,
        HOUR_TENS,
        HOURS
    }

    private Seen state = Seen.NOTHING;
    private boolean zero;
    private boolean seen;

    /** Whether there was an offset that is not zero. */
    boolean seen() {
        return seen;
    }

    void accept(byte[] buffer, int length) {
        for (int i = 0; i < length && !seen; i++) {
            accept(buffer[i]);
        }
    }

    private void accept(byte character) {
        boolean isDigit = character >= '0' && character <= '9';
        state =
                switch (state) {
                    case NOTHING -> otherwise(character);
                    case COLON -> isDigit ? Seen.TENS : otherwise(character);
                    case TENS -> isDigit ? Seen.SECONDS : otherwise(character);
                    case SECONDS ->
                            switch (character) {
                                case '.' -> Seen.FRACTION;
                                case '+', '-' -> Seen.SIGN;
                                default -> otherwise(character);
                            };
                    case FRACTION ->
                            switch (character) {
                                case '+', '-' -> Seen.SIGN;
                                default -> isDigit ? Seen.FRACTION : otherwise(character);
                            };
                    case SIGN -> {
                        zero = character == '0';
                        yield isDigit ? Seen.HOUR_TENS : otherwise(character);
                    }
                    case HOUR_TENS -> {
                        zero &= character == '0';
                        seen |= isDigit && !zero;
                        yield isDigit ? Seen.HOURS : otherwise(character);
                    }
                    case HOURS -> {
                        // less than an hour, as some zones have been: 12:00:00+00:30
                        seen |= character == ':';
                        yield otherwise(character);
                    }
                };
    }

    private static Seen otherwise(byte character) {
        return character == ':' ? Seen.COLON : Seen.NOTHING;
    }
}
