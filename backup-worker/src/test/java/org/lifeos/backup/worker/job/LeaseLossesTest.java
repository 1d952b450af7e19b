package org.lifeos.backup.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class LeaseLossesTest {
    @Test
    void ownLossesAndThoseOfOthersAreCountedApart() {
        SimpleMeterRegistry served = new SimpleMeterRegistry();
        Metrics.addRegistry(served);
        try {
            LeaseLosses losses = new LeaseLosses();
            double own = count(served, "own");
            double reaped = count(served, "reaped");
            losses.own();
            losses.reaped();
            losses.reaped();
            assertThat(count(served, "own") - own).isEqualTo(1);
            assertThat(count(served, "reaped") - reaped).isEqualTo(2);
        } finally {
            Metrics.removeRegistry(served);
        }
    }

    private static double count(SimpleMeterRegistry served, String attempt) {
        return served.get("lifeos_backup_lease_losses").tag("attempt", attempt).counter().count();
    }
}
