package org.lifeos.backup.api;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.scheduler.Scheduler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.lifeos.backup.api.job.JobChanges;
import org.lifeos.backup.api.request.OpenRequests;

/**
 * What happens between the signal and the end: those who wait are answered while the service still
 * works, and nothing starts any more. A download that takes longer is cut off; Range goes on with
 * it.
 */
@ApplicationScoped
public class StopGently {
    private static final Duration TIME_TO_ANSWER = Duration.ofSeconds(5);

    private final Scheduler scheduler;
    private final JobChanges changes;
    private final OpenRequests requests;

    StopGently(Scheduler scheduler, JobChanges changes, OpenRequests requests) {
        this.scheduler = scheduler;
        this.changes = changes;
        this.requests = requests;
    }

    void stop(@Observes ShutdownDelayInitiatedEvent event) {
        // a timer that fires while the parts are taken down finds none of them
        scheduler.pause();
        changes.waitNoMore();
        requests.awaitAnswered(TIME_TO_ANSWER);
    }
}
