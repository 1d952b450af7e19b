package org.lifeos.backup.worker.catalog;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The comments with which pg_dump begins a plain dump: they tell who wrote it, and of what. */
final class DumpHeader {
    /** pg_dump writes them within the first lines. */
    private static final int LOOKED_AT = 4096;

    private static final Pattern SERVER =
            Pattern.compile(
                    "^-- Dumped from database version ([^\\r\\n\\p{Cc}]{1,100})$",
                    Pattern.MULTILINE);

    /** What pg_dump calls itself may be followed by who packaged it. */
    private static final Pattern TOOL =
            Pattern.compile(
                    "^-- Dumped by pg_dump version (\\d[0-9A-Za-z.]{0,30})", Pattern.MULTILINE);

    private final ByteArrayOutputStream beginning = new ByteArrayOutputStream(LOOKED_AT);

    void accept(byte[] buffer, int length) {
        int more = Math.min(length, LOOKED_AT - beginning.size());
        beginning.write(buffer, 0, more);
    }

    Optional<String> serverVersion() {
        return first(SERVER);
    }

    Optional<String> toolVersion() {
        return first(TOOL);
    }

    private Optional<String> first(Pattern pattern) {
        Matcher matcher = pattern.matcher(beginning.toString(StandardCharsets.UTF_8));
        return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
    }
}
