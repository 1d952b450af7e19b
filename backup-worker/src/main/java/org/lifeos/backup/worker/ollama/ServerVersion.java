package org.lifeos.backup.worker.ollama;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server's version tells of what it saved. */
final class ServerVersion {
    private static final Pattern NUMBERS = Pattern.compile("([0-9]{1,6})\\.([0-9]{1,6})\\b.*");
    private static final int FIRST_WITH_RAW_BYTES = 19;

    private ServerVersion() {}

    /**
     * Whether it is one before 0.19, which wrote a registry's manifest in its own words, so that
     * equal models got unequal digests. Not known where nobody told the version: then it may be.
     */
    static boolean reserialised(String version) {
        if (version == null) {
            return true;
        }
        Matcher numbers = NUMBERS.matcher(version);
        return numbers.matches()
                && numbers.group(1).equals("0")
                && Integer.parseInt(numbers.group(2)) < FIRST_WITH_RAW_BYTES;
    }
}
