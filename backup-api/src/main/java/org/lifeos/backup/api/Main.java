package org.lifeos.backup.api;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.time.Duration;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.config.HttpAddress;

/** Starts the API, or says in one line why it cannot start. */
@QuarkusMain
public final class Main implements QuarkusApplication {
    private static final Duration DATABASE_PATIENCE = Duration.ofSeconds(20);

    public static void main(String[] arguments) {
        try {
            ApiSettings settings = ApiSettings.of(new Environment(System.getenv()));
            new HttpAddress(settings.host(), settings.port()).requireFree("BACKUP_API_PORT");
            settings.database().awaitReachable(DATABASE_PATIENCE);
            // RequestLimits does it, and answers with a problem
            System.setProperty("vertx.disableURIValidation", "true");
            System.setProperty("quarkus.http.host", settings.host());
            System.setProperty("quarkus.http.port", Integer.toString(settings.port()));
            System.setProperty("quarkus.datasource.jdbc.url", settings.database().jdbcUrl());
        } catch (ConfigurationException e) {
            System.err.println("backup-api cannot start: " + e.getMessage());
            System.exit(1);
        }
        Quarkus.run(Main.class, arguments);
    }

    @Override
    public int run(String... arguments) {
        Quarkus.waitForExit();
        return 0;
    }
}
