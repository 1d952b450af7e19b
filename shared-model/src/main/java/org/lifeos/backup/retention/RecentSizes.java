package org.lifeos.backup.retention;

import java.util.List;

/** What is usual, by the last few. */
public final class RecentSizes {
    /** How many of the last tell what is usual. */
    public static final int USUAL = 7;

    private RecentSizes() {}

    /**
     * Whether the newest is under half of what is usual: the database may have been made anew,
     * empty. Of an even number of sizes the larger middle one counts, so that doubt warns.
     *
     * @param newestFirst at most {@link #USUAL}, in any one unit
     */
    public static boolean haveShrunk(List<Long> newestFirst) {
        return !newestFirst.isEmpty() && 2 * newestFirst.getFirst() < median(newestFirst);
    }

    /** Of an even number the larger middle one. At least one is needed. */
    public static long median(List<Long> sizes) {
        return sizes.stream().sorted().toList().get(sizes.size() / 2);
    }
}
