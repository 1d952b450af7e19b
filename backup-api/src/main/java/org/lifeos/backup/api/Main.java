package org.lifeos.backup.api;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.time.Duration;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.config.HttpAddress;
import org.lifeos.backup.config.StartFailure;

/** Starts the API, or says in one line why it cannot start. */
@QuarkusMain
public final class Main implements QuarkusApplication {
    private static final Duration DATABASE_PATIENCE = Duration.ofSeconds(20);

    /** A service that starts with this one is there by then. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(30);

    public static void main(String[] arguments) {
        try {
            ApiSettings settings = ApiSettings.of(new Environment(System.getenv()));
            new HttpAddress(settings.host(), settings.port()).requireFree("BACKUP_API_PORT");
            settings.database().awaitReachable(DATABASE_PATIENCE);
            // RequestLimits does it, and answers with a problem
            System.setProperty("vertx.disableURIValidation", "true");
            System.setProperty("quarkus.http.host", settings.host());
            System.setProperty("quarkus.http.port", Integer.toString(settings.port()));
            Duration interval = settings.health().interval();
            System.setProperty("backup.health.interval", interval.toSeconds() + "s");
            System.setProperty(
                    "backup.health.delay",
                    Math.min(interval.toSeconds(), FIRST_LOOK.toSeconds()) + "s");
            System.setProperty("quarkus.datasource.jdbc.url", settings.database().jdbcUrl());
        } catch (ConfigurationException e) {
            refuse(e.getMessage());
        }
        Quarkus.run(Main.class, Main::ended, arguments);
    }

    private static void ended(int exitCode, Throwable failure) {
        if (failure != null) {
            refuse(StartFailure.oneLine(failure));
        }
        System.exit(exitCode);
    }

    private static void refuse(String why) {
        System.err.println("backup-api cannot start: " + why);
        System.exit(1);
    }

    @Override
    public int run(String... arguments) {
        Quarkus.waitForExit();
        return 0;
    }
}
