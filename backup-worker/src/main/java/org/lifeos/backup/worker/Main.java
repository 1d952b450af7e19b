package org.lifeos.backup.worker;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.time.Duration;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.config.HttpAddress;
import org.lifeos.backup.config.StartFailure;

/** Starts the worker, or says in one line why it cannot start. */
@QuarkusMain
public final class Main implements QuarkusApplication {
    private static final Duration DATABASE_PATIENCE = Duration.ofSeconds(20);

    public static void main(String[] arguments) {
        try {
            WorkerSettings settings = WorkerSettings.of(new Environment(System.getenv()));
            new HttpAddress("0.0.0.0", settings.port()).requireFree("BACKUP_WORKER_PORT");
            settings.database().awaitReachable(DATABASE_PATIENCE);
            System.setProperty("quarkus.http.port", Integer.toString(settings.port()));
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
        System.err.println("backup-worker cannot start: " + why);
        System.exit(1);
    }

    @Override
    public int run(String... arguments) {
        Quarkus.waitForExit();
        return 0;
    }
}
