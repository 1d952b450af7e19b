package org.lifeos.backup.worker.job;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.Notifications;
import org.lifeos.backup.job.Notifications.Channel;
import org.lifeos.backup.job.WorkerRegister;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.worker.WorkerSettings;

/** Starts the loop with the process and stops it with it; ready while the queue answers. */
@Readiness
@ApplicationScoped
public class WorkerLife implements HealthCheck {
    private final WorkerSettings settings;
    private final Heartbeats heartbeats;
    private final WorkerLoop loop;
    private Notifications notifications;

    WorkerLife(
            WorkerSettings settings,
            Database database,
            JobQueue queue,
            WorkerRegister register,
            List<JobHandler> handlers) {
        this.settings = settings;
        this.heartbeats = new Heartbeats(queue);
        AttemptRunner runner =
                new AttemptRunner(
                        handlers,
                        queue,
                        new JobLog(database),
                        heartbeats,
                        new RetryDelay(settings.retryDelay(), RandomGenerator.getDefault()),
                        settings.redaction());
        this.loop =
                new WorkerLoop(
                        runner,
                        queue,
                        heartbeats,
                        register,
                        settings.name(),
                        settings.concurrency(),
                        settings.lease());
    }

    void start(@Observes StartupEvent event) {
        notifications =
                new Notifications(
                        settings.database(),
                        List.of(Channel.JOB_QUEUED, Channel.JOB_CANCEL),
                        this::heard);
        loop.start();
    }

    private void heard(Channel channel, String payload) {
        switch (channel) {
            case JOB_QUEUED -> loop.jobMayWait();
            case JOB_CANCEL -> {
                // an empty one means that nobody knows what was missed
                Thread.ofVirtual()
                        .start(
                                payload.isEmpty()
                                        ? heartbeats::beat
                                        : () -> heartbeats.beat(UUID.fromString(payload)));
            }
            case JOB_CHANGED -> {}
        }
    }

    void stop(@Observes ShutdownEvent event) {
        loop.close();
        if (notifications != null) {
            notifications.close();
        }
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("queue").status(loop.isAnswering()).build();
    }
}
