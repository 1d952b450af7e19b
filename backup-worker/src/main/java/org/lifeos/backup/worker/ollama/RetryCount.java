package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** How often the pulls of one model failed, and what follows from it. */
final class RetryCount {
    private static final double JITTER = 0.2;
    private static final int MOST_DOUBLINGS = 20;

    private final OllamaRetries rules;
    private final RandomGenerator random;
    private final Map<FailureClass, Integer> seen = new EnumMap<>(FailureClass.class);
    private int inARow;
    private int all;
    private long most;

    RetryCount(OllamaRetries rules, RandomGenerator random) {
        this.rules = rules;
        this.random = random;
    }

    /**
     * Counts a failure. One whose pull got further than all before it begins the count anew.
     *
     * @param completed the most bytes that this pull saw
     * @return whether the model may be tried again
     */
    boolean mayGoOn(FailureClass kind, long completed) {
        all++;
        if (completed > most) {
            most = completed;
            inARow = 0;
        }
        inARow++;
        int ofItsKind = seen.merge(kind, 1, Integer::sum);
        if (all > rules.mostRetries()) {
            return false;
        }
        return kind.hasBudget() ? inARow <= rules.retries() : ofItsKind <= kind.retries();
    }

    /** How long to wait before the next try. */
    Duration delay(FailureClass kind) {
        return switch (kind) {
            case RATE_LIMITED ->
                    longer(rules.rateLimit(), doubled(rules.rateLimit(), rules.longestRateLimit()));
            case ABORTED, GARBLED ->
                    longer(rules.afterAbort(), doubled(rules.delay(), rules.longestDelay()));
            case NOT_IN_REGISTRY -> rules.recheck();
            default -> doubled(rules.delay(), rules.longestDelay());
        };
    }

    private Duration doubled(Duration first, Duration longest) {
        long factor = 1L << Math.clamp(inARow - 1L, 0, MOST_DOUBLINGS);
        long millis = Math.min(longest.toMillis(), first.toMillis() * factor);
        return Duration.ofMillis(Math.round(millis * random.nextDouble(1 - JITTER, 1 + JITTER)));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
