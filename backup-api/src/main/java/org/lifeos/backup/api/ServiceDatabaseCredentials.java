package org.lifeos.backup.api;

import io.quarkus.arc.Unremovable;
import io.quarkus.credentials.CredentialsProvider;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import org.lifeos.backup.config.ServiceDatabaseSettings;

/**
 * Hands the pool its login as it was configured: a property would expand the dollar signs of a
 * password.
 */
@ApplicationScoped
@Unremovable
public class ServiceDatabaseCredentials implements CredentialsProvider {
    private final ServiceDatabaseSettings settings;

    ServiceDatabaseCredentials(ApiSettings settings) {
        this.settings = settings.database();
    }

    @Override
    public Map<String, String> getCredentials(String name) {
        Map<String, String> credentials = new HashMap<>();
        credentials.put(USER_PROPERTY_NAME, settings.user());
        if (settings.password() != null) {
            credentials.put(PASSWORD_PROPERTY_NAME, settings.password());
        }
        return credentials;
    }
}
