package org.lifeos.backup.system;

import java.util.List;
import java.util.Random;

/** Values that are of the wrong type, too long, out of range, or words of some other language. */
final class FuzzedValues {
    private static final List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "\t",
                    "a\nb",
                    "a\r\nX-Injected: 1",
                    "nul\u0000nul",
                    "\u001b[31m",
                    "\u007f",
                    "ä",
                    "e\u0301",
                    "日本語",
                    "😀😀",
                    "\u202eabc",
                    "\ufeffx",
                    "\uffff",
                    "'; drop table job; --",
                    "\" or 1=1 --",
                    "$(touch pwned)",
                    "`id`",
                    "; rm -rf .",
                    "--version",
                    "-f/tmp/x",
                    "../../etc/passwd",
                    "/etc/passwd",
                    "..",
                    ".",
                    "C:\\x",
                    "%s%s%s%n",
                    "{0}",
                    "${jndi:ldap://127.0.0.1:1/x}",
                    "#{1+1}",
                    "<script>alert(1)</script>",
                    "\\! id",
                    "null",
                    "true",
                    "0",
                    "-1",
                    "latest",
                    "lifeos",
                    "postgres",
                    "safety/x",
                    "0198ffff-ffff-7fff-bfff-ffffffffffff",
                    "* * * * *",
                    "99 99 99 99 99",
                    "0 0 31 2 *",
                    "*/0 * * * *",
                    "Europe/Berlin",
                    "+25:00",
                    "postgres-backup",
                    "postgres-restore",
                    "2026-01-01T00:00:00Z",
                    "PT-1S");
    private static final List<String> NUMBERS =
            List.of(
                    "0",
                    "-0",
                    "-1",
                    "1",
                    "1.5",
                    "1e400",
                    "-1e-400",
                    "2147483648",
                    "-2147483649",
                    "9223372036854775808",
                    "1e2147483647",
                    "123456789012345678901234567890123456789012345678901234567890",
                    "NaN",
                    "Infinity",
                    "01",
                    "0x10");
    private static final List<Integer> LENGTHS = List.of(63, 64, 65, 128, 129, 500, 501, 5_000);
    private static final List<String> QUERIES =
            List.of(
                    "",
                    "0",
                    "1",
                    "200",
                    "201",
                    "-1",
                    "1.5",
                    "99999999999999999999",
                    "abc",
                    "%00",
                    "%ff",
                    "%F0%9F%98%80",
                    "a%0d%0ab",
                    "';drop%20table%20job;--",
                    "lifeos",
                    "QUEUED",
                    "queued",
                    "postgres-backup",
                    "AVAILABLE",
                    "manual",
                    "eyJhIjoxfQ",
                    "eyJhIjoxfQ==",
                    "MDE5OGZmZmY",
                    "0198ffff-ffff-7fff-bfff-ffffffffffff",
                    "2026-13-01T00:00:00Z",
                    "+",
                    "=",
                    "true");
    private static final int DEEP = 900;

    private final Random random;

    FuzzedValues(Random random) {
        this.random = random;
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** A text, sometimes a long one. */
    String text() {
        return random.nextInt(6) == 0 ? "x".repeat(any(LENGTHS)) : any(TEXTS);
    }

    /** A value of a query's parameter, encoded or wrongly so. */
    String query() {
        return random.nextInt(20) == 0 ? "q".repeat(any(LENGTHS) / 2) : any(QUERIES);
    }

    /** A header's value: bytes of ISO 8859-1 without those that end a line. */
    String header() {
        StringBuilder value = new StringBuilder();
        text().chars()
                .map(character -> character & 0xff)
                .filter(character -> character >= 0x20 && character != 0x7f)
                .forEach(value::appendCodePoint);
        return value.toString();
    }

    /** Any JSON value, or nearly one. */
    String json() {
        return switch (random.nextInt(12)) {
            case 0 -> "null";
            case 1 -> random.nextBoolean() ? "true" : "false";
            case 2, 3 -> any(NUMBERS);
            case 4 -> "[]";
            case 5 -> "[" + quoted(text()) + ", null, 1]";
            case 6 -> "{" + quoted(text()) + ": " + any(NUMBERS) + "}";
            case 7 -> "[".repeat(DEEP) + "]".repeat(DEEP);
            case 8 -> "\"\\ud800\"";
            default -> quoted(text());
        };
    }

    /** A text in JSON; control characters are escaped, now and then they are not. */
    String quoted(String text) {
        boolean escaped = random.nextInt(10) != 0;
        StringBuilder quoted = new StringBuilder("\"");
        text.chars()
                .forEach(character -> {
                    if (character == '"' || character == '\\') {
                        quoted.append('\\').append((char) character);
                    } else if (character < 0x20 && escaped) {
                        quoted.append("\\u%04x".formatted(character));
                    } else {
                        quoted.append((char) character);
                    }
                });
        return quoted.append('"').toString();
    }
}
