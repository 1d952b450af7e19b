package org.lifeos.backup.worker.recovery;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lifeos.backup.config.Environment;

/**
 * What a recovery's checks ask.
 *
 * @param services addresses that have to answer with a success, by the names of what answers
 * @param maxAge data that are older are pointed out
 */
public record RecoverySettings(Map<String, URI> services, Duration maxAge) {

    public static RecoverySettings of(Environment environment) {
        Map<String, URI> services = new LinkedHashMap<>();
        address(environment, "LIFEOS_HEALTH_URL").ifPresent(uri -> services.put("API", uri));
        address(environment, "LIFEOS_FRONTEND_URL").ifPresent(uri -> services.put("frontend", uri));
        return new RecoverySettings(
                services,
                Duration.ofHours(environment.integer("BACKUP_MAX_AGE_HOURS", 26, 1, 24 * 366)));
    }

    private static Optional<URI> address(Environment environment, String variable) {
        Optional<String> text = environment.text(variable);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(text.get().strip());
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (web && uri.getHost() != null && uri.getRawUserInfo() == null) {
                return Optional.of(uri);
            }
        } catch (URISyntaxException e) {
            // said below, together with one that only is no address of a page
        }
        // it may hold a password, so it is not repeated
        environment.wrong(
                variable
                        + " must be an address like http://api:8000/health, without user and password");
        return Optional.empty();
    }
}
