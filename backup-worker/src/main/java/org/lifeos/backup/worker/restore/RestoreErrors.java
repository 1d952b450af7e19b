package org.lifeos.backup.worker.restore;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * What psql or pg_restore reported on standard error, one entry a failed statement: its message,
 * and the beginning of the statement. Told from several threads.
 */
final class RestoreErrors implements Consumer<String> {
    private static final int KEPT = 100;
    private static final int LONGEST = 500;

    private static final Pattern BEGINS =
            Pattern.compile("^(psql:\\S+: (ERROR|FATAL|PANIC|error): |pg_restore: error: ).*");

    private static final Pattern CONTINUES =
            Pattern.compile("^(psql:\\S+: STATEMENT: |CONTEXT: |DETAIL: |Command was: ).*");

    private static final Pattern PREFIX = Pattern.compile("^(psql:\\S+: |pg_restore: error: )");

    /**
     * What a psql in restricted mode says to the end of rows that were swallowed with their COPY.
     */
    private static final String OURS = "backslash commands are restricted";

    private final List<String> entries = new ArrayList<>();
    private long count;

    @Override
    public synchronized void accept(String line) {
        if (line.contains(OURS)) {
            return;
        }
        if (BEGINS.matcher(line).matches()) {
            count++;
            if (entries.size() < KEPT) {
                entries.add(shortened(PREFIX.matcher(line).replaceFirst("")));
            }
        } else if (count == entries.size() && count > 0 && CONTINUES.matcher(line).matches()) {
            String more = PREFIX.matcher(line).replaceFirst("");
            entries.set(entries.size() - 1, shortened(entries.getLast() + " " + more));
        }
    }

    synchronized void add(String entry) {
        count++;
        if (entries.size() < KEPT) {
            entries.add(shortened(entry));
        }
    }

    private static String shortened(String text) {
        String oneLine = text.replaceAll("\\s+", " ").strip();
        return oneLine.length() <= LONGEST ? oneLine : oneLine.substring(0, LONGEST) + "…";
    }

    /** How many there were. */
    synchronized long count() {
        return count;
    }

    /** The first hundred. */
    synchronized List<String> entries() {
        return List.copyOf(entries);
    }
}
