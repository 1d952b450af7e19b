package org.lifeos.backup.worker.job;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long after a failed attempt the next one follows: four times as long each time, a fifth more
 * or less by chance.
 */
record RetryDelay(Duration first, RandomGenerator random) {
    private static final int FACTOR = 4;
    private static final double JITTER = 0.2;

    /**
     * @param attempt the attempt that failed, from 1
     */
    Duration after(int attempt) {
        double delay = first.toMillis() * Math.pow(FACTOR, attempt - 1);
        return Duration.ofMillis(Math.round(delay * random.nextDouble(1 - JITTER, 1 + JITTER)));
    }
}
