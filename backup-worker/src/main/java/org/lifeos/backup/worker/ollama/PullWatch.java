package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Where a pull stands, and until when the next word of it has to come. What counts as getting on is
 * a new maximum of the completed bytes: a server whose network is gone repeats the old one for
 * ever, and one that retries goes back first. It has no clock of its own.
 */
final class PullWatch {
    /** What a pull does. Words that are not known change nothing. */
    enum Phase {
        CONNECTING,
        PULLING_MANIFEST,
        DOWNLOADING,
        FINISHING
    }

    private final OllamaLimits limits;
    private final Map<String, Long> highest = new HashMap<>();
    private final Map<String, Long> totals = new HashMap<>();
    private Phase phase = Phase.CONNECTING;
    private long phaseSince;
    private long lastWord;
    private long lastGain;
    private long completed;
    private long startedWith = -1;

    /**
     * @param now in nanoseconds, as all others here
     */
    PullWatch(OllamaLimits limits, long now) {
        this.limits = limits;
        this.phaseSince = now;
        this.lastWord = now;
        this.lastGain = now;
    }

    void saw(PullEvent event, long now) {
        lastWord = now;
        if (event.status().startsWith("pulling manifest")) {
            enter(Phase.PULLING_MANIFEST, now);
        } else if (event.digest() != null) {
            enter(Phase.DOWNLOADING, now);
            count(event, now);
        } else if (event.status().startsWith("verifying")
                || event.status().startsWith("writing")
                || event.status().startsWith("removing")
                || event.isSuccess()) {
            enter(Phase.FINISHING, now);
        } else if (phase == Phase.CONNECTING) {
            enter(Phase.PULLING_MANIFEST, now);
        }
    }

    private void enter(Phase next, long now) {
        if (phase != next) {
            phase = next;
            phaseSince = now;
            lastGain = now;
        }
    }

    private void count(PullEvent event, long now) {
        boolean isNew = !highest.containsKey(event.digest());
        if (event.total() > 0) {
            totals.put(event.digest(), event.total());
        }
        long total = totals.getOrDefault(event.digest(), Long.MAX_VALUE);
        long seen = Math.min(event.completed(), total);
        long before = highest.getOrDefault(event.digest(), 0L);
        if (isNew || seen > before) {
            highest.put(event.digest(), Math.max(seen, before));
            completed += Math.max(0, seen - before);
            lastGain = now;
        }
        if (startedWith < 0) {
            startedWith = completed;
        }
    }

    Phase phase() {
        return phase;
    }

    /** The most bytes of all contents that were there at once, those of earlier pulls included. */
    long completed() {
        return completed;
    }

    /** When the pull is given up, unless something comes before. */
    long deadline() {
        return switch (phase) {
            case CONNECTING -> after(phaseSince, limits.firstLine());
            case PULLING_MANIFEST -> after(phaseSince, limits.pullingManifest());
            case DOWNLOADING ->
                    Math.min(after(lastWord, limits.silence()), after(lastGain, limits.stall()));
            case FINISHING ->
                    after(phaseSince, limits.verify(completed - Math.max(0, startedWith)));
        };
    }

    private static long after(long moment, Duration limit) {
        return moment + limit.toNanos();
    }

    /** What it is that took too long when the deadline passed. */
    String reproach() {
        return switch (phase) {
            case CONNECTING -> "no word of the pull came within " + seconds(limits.firstLine());
            case PULLING_MANIFEST ->
                    "the registry's manifest did not come within "
                            + seconds(limits.pullingManifest());
            case DOWNLOADING ->
                    after(lastGain, limits.stall()) < after(lastWord, limits.silence())
                            ? "the download got no further for " + seconds(limits.stall())
                            : "nothing came for "
                                    + seconds(limits.silence())
                                    + " in the middle of the download";
            case FINISHING ->
                    "verifying and writing took longer than "
                            + seconds(limits.verify(completed - Math.max(0, startedWith)));
        };
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }
}
