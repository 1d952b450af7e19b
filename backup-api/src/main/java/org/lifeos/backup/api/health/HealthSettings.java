package org.lifeos.backup.api.health;

import java.time.Duration;
import org.lifeos.backup.config.Environment;

/**
 * What is too old, and how often everything is looked at for alerts.
 *
 * @param maxAge of the newest good backup, and of what else is made each night
 */
public record HealthSettings(Duration maxAge, Duration interval) {
    private static final int LONGEST_HOURS = 24 * 366;
    private static final int LONGEST_SECONDS = 86_400;

    public static HealthSettings of(Environment environment) {
        return new HealthSettings(
                Duration.ofHours(environment.integer("BACKUP_MAX_AGE_HOURS", 26, 1, LONGEST_HOURS)),
                Duration.ofSeconds(
                        environment.integer(
                                "BACKUP_HEALTH_INTERVAL_SECONDS", 300, 1, LONGEST_SECONDS)));
    }
}
