package org.lifeos.backup.api;

import java.nio.file.Path;
import java.time.ZoneId;
import org.lifeos.backup.api.access.TokenSource;
import org.lifeos.backup.api.alert.AlertSettings;
import org.lifeos.backup.api.health.HealthSettings;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.config.ServiceDatabaseSettings;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.target.TargetNames;

/**
 * How the API is configured.
 *
 * @param home {@code LIFEOS_HOME}, which the API only reads
 * @param zone of schedules that name none
 */
public record ApiSettings(
        ServiceDatabaseSettings database,
        TargetNames targets,
        RetentionPolicy retention,
        TokenSource tokens,
        HealthSettings health,
        AlertSettings alerts,
        Path home,
        ZoneId zone,
        String host,
        int port) {

    /**
     * @throws ConfigurationException with one line that names everything missing or wrong
     */
    public static ApiSettings of(Environment environment) throws ConfigurationException {
        ApiSettings settings =
                new ApiSettings(
                        ServiceDatabaseSettings.of(environment),
                        TargetNames.of(environment),
                        RetentionPolicy.of(environment),
                        TokenSource.of(environment),
                        HealthSettings.of(environment),
                        AlertSettings.of(environment),
                        Path.of(environment.text("LIFEOS_HOME", "/life-os"))
                                .toAbsolutePath()
                                .normalize(),
                        environment.zone("TZ"),
                        environment.text("BACKUP_API_HOST", "0.0.0.0"),
                        environment.port("BACKUP_API_PORT", 8085));
        environment.orThrow();
        return settings;
    }
}
