package org.lifeos.backup.worker.ollama;

import java.util.regex.Pattern;

/**
 * What a server said, as it may be shown: in one line, at most two kilobytes of it, and without the
 * queries of addresses, because those of a registry's downloads are signed.
 */
final class ServerText {
    private static final int LONGEST = 1500;
    private static final Pattern QUERY = Pattern.compile("(https?://[^\\s\"'?]*)\\?[^\\s\"'<]*");
    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Cntrl}]+");

    private ServerText() {}

    static String of(String text) {
        // cut before it is searched: it may be megabytes long
        String beginning = text.length() > 4 * LONGEST ? text.substring(0, 4 * LONGEST) : text;
        String shown =
                QUERY.matcher(BLANKS.matcher(beginning).replaceAll(" ").strip())
                        .replaceAll("$1?***");
        return shown.length() > LONGEST ? shown.substring(0, LONGEST) + " …" : shown;
    }
}
