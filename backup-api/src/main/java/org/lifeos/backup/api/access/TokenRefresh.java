package org.lifeos.backup.api.access;

import io.quarkus.scheduler.Scheduled;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.context.ApplicationScoped;
import org.lifeos.backup.api.ApiSettings;

/** Looks every second whether the token file changed, so that a revoked token is out at once. */
@ApplicationScoped
public class TokenRefresh {
    private final ApiSettings settings;

    TokenRefresh(ApiSettings settings) {
        this.settings = settings;
    }

    @Scheduled(every = "1s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    @RunOnVirtualThread
    void refresh() {
        settings.tokens().refresh();
    }
}
