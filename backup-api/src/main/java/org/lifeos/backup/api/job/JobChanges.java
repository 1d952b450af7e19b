package org.lifeos.backup.api.job;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.Notifications;
import org.lifeos.backup.job.Notifications.Channel;
import org.lifeos.backup.sql.SqlFailure;

/**
 * Waits for jobs: woken by the database's announcements, and looking again by itself when one was
 * lost.
 */
@ApplicationScoped
public class JobChanges {
    private static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(2);

    private final ApiSettings settings;
    private final Jobs jobs;
    private final Map<String, Set<Semaphore>> waiting = new ConcurrentHashMap<>();
    private Notifications notifications;
    private volatile boolean stopping;

    JobChanges(ApiSettings settings, Jobs jobs) {
        this.settings = settings;
        this.jobs = jobs;
    }

    void start(@Observes StartupEvent event) {
        notifications =
                new Notifications(settings.database(), List.of(Channel.JOB_CHANGED), this::heard);
    }

    /** Lets nobody wait any longer, neither those who do nor those who come. */
    public void waitNoMore() {
        stopping = true;
        heard(Channel.JOB_CHANGED, "");
    }

    /** Whether waits end early because the service stops. */
    boolean isStopping() {
        return stopping;
    }

    void stop(@Observes ShutdownEvent event) {
        waitNoMore();
        if (notifications != null) {
            notifications.close();
        }
    }

    private void heard(Channel channel, String jobId) {
        if (jobId.isEmpty()) {
            waiting.values().forEach(set -> set.forEach(Semaphore::release));
        } else {
            waiting.getOrDefault(jobId, Set.of()).forEach(Semaphore::release);
        }
    }

    /**
     * Waits until the job has ended, the time is over, or nobody wants to know any more.
     *
     * @return the job as it then is; empty when there is none, or the database is away at the end
     */
    public Optional<Job> awaitEnd(UUID id, Duration patience, BooleanSupplier givenUp) {
        long end = System.nanoTime() + patience.toNanos();
        try (Watch watch = watch(id)) {
            while (true) {
                long left = end - System.nanoTime();
                boolean last = left <= 0 || stopping || givenUp.getAsBoolean();
                try {
                    Optional<Job> job = jobs.find(id);
                    if (last || job.isEmpty() || job.get().state().ended()) {
                        return job;
                    }
                } catch (SqlFailure e) {
                    if (!e.isUnavailable()) {
                        throw e;
                    }
                    if (last) {
                        return Optional.empty();
                    }
                }
                watch.awaitNews(Duration.ofNanos(Math.min(left, LOOK_AGAIN_AFTER.toNanos())));
            }
        }
    }

    /**
     * Shows the job at once and on every change, the last time when it has ended.
     *
     * @param stillHere called now and then while nothing changes; may throw to give up
     * @param givenUp whether nobody wants to know any more
     */
    public void follow(UUID id, Consumer<Job> show, Runnable stillHere, BooleanSupplier givenUp) {
        Job shown = null;
        try (Watch watch = watch(id)) {
            while (!stopping && !givenUp.getAsBoolean()) {
                Optional<Job> job = lookPatiently(id);
                if (job.isPresent() && !job.get().equals(shown)) {
                    shown = job.get();
                    show.accept(shown);
                } else {
                    stillHere.run();
                }
                if (shown != null && shown.state().ended()) {
                    return;
                }
                watch.awaitNews(LOOK_AGAIN_AFTER);
            }
        }
    }

    /** Empty while the database is away: it is asked again. */
    private Optional<Job> lookPatiently(UUID id) {
        try {
            return jobs.find(id);
        } catch (SqlFailure e) {
            if (e.isUnavailable()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Listens for news of a job until it is closed. News that come before one waits for them are
     * not lost.
     */
    private Watch watch(UUID jobId) {
        Watch watch = new Watch(jobId.toString());
        waiting.compute(
                watch.jobId,
                (_, watches) -> {
                    Set<Semaphore> set = watches == null ? ConcurrentHashMap.newKeySet() : watches;
                    set.add(watch.news);
                    return set;
                });
        return watch;
    }

    private final class Watch implements AutoCloseable {
        private final String jobId;
        private final Semaphore news = new Semaphore(0);

        private Watch(String jobId) {
            this.jobId = jobId;
        }

        void awaitNews(Duration atMost) {
            try {
                boolean _ = news.tryAcquire(Math.max(1, atMost.toMillis()), TimeUnit.MILLISECONDS);
                news.drainPermits();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for job " + jobId, e);
            }
        }

        @Override
        public void close() {
            waiting.computeIfPresent(
                    jobId,
                    (_, watches) -> {
                        watches.remove(news);
                        return watches.isEmpty() ? null : watches;
                    });
        }
    }
}
