package org.lifeos.backup.worker.job;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Metrics;

/**
 * Counts the attempts that a worker lost: its own, when another one took them over, and those of
 * workers that died, behind which it cleans up. Both are rare where all is well.
 */
final class LeaseLosses {
    private final Counter own = counter("own");
    private final Counter others = counter("reaped");

    private static Counter counter(String whose) {
        return Metrics.counter("lifeos_backup_lease_losses", "attempt", whose);
    }

    void own() {
        own.increment();
    }

    void reaped() {
        others.increment();
    }
}
