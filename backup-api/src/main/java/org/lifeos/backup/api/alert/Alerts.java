package org.lifeos.backup.api.alert;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.api.health.Health;
import org.lifeos.backup.api.health.HealthReport;
import org.lifeos.backup.api.health.HealthStatus;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.SqlFailure;

/** Watches, and tells. Any number of instances may: one watches, and each notice goes out once. */
@ApplicationScoped
public class Alerts {
    private static final Logger LOG = Logger.getLogger(Alerts.class);

    /** What changes in passing, as while a backup is removed, is no news. */
    private static final Duration CONFIRMED_AFTER = Duration.ofSeconds(2);

    private static final Duration FIRST_DELAY = Channel.LIMIT.plusSeconds(5);
    private static final Duration LONGEST_DELAY = Duration.ofHours(1);
    private static final Duration TAKEN_OVER_AFTER = Duration.ofSeconds(15);

    private final Health health;
    private final StatusNotices notices;
    private final Watch watch;
    private final Optional<Heartbeats> heartbeats;
    private final Outbox outbox;
    private final Courier courier;

    Alerts(
            ApiSettings settings,
            Database database,
            Health health,
            Vertx vertx,
            MeterRegistry meters) {
        AlertSettings alerts = settings.alerts();
        this.health = health;
        this.notices = new StatusNotices(database, alerts.noticeChannels());
        this.watch =
                new Watch(
                        database,
                        UUID.randomUUID(),
                        settings.health().interval().multipliedBy(2).plus(TAKEN_OVER_AFTER));
        this.heartbeats = alerts.heartbeat().map(address -> new Heartbeats(database));
        this.outbox = new Outbox(database, FIRST_DELAY, LONGEST_DELAY);
        List<Channel> channels =
                java.util.stream.Stream.of(
                                alerts.mail().map(mail -> (Channel) new MailChannel(vertx, mail)),
                                alerts.webhook().map(WebhookChannel::new),
                                alerts.heartbeat().map(HeartbeatChannel::new))
                        .flatMap(Optional::stream)
                        .map(channel -> (Channel) channel)
                        .toList();
        this.courier = new Courier(outbox, channels, new Redaction(alerts.secrets()), meters);
    }

    @Scheduled(
            every = "{backup.health.interval}",
            delayed = "{backup.health.delay}",
            concurrentExecution = ConcurrentExecution.SKIP)
    @RunOnVirtualThread
    void watch() throws InterruptedException {
        try {
            if (watch.take()) {
                Map<String, HealthStatus> told = notices.told();
                HealthReport report = health.report();
                if (hasNews(report, told)) {
                    Thread.sleep(CONFIRMED_AFTER);
                    HealthReport again = health.report();
                    notices.tell(again, told, differing(report, again));
                }
            }
        } catch (SqlFailure e) {
            // what cannot be written now is still news in the next look
            LOG.debugf("nothing is told for now: %s", e.getMessage());
        }
    }

    private static boolean hasNews(HealthReport report, Map<String, HealthStatus> told) {
        return report.checks().size() != told.size()
                || report.checks().stream()
                        .anyMatch(check -> told.get(check.id()) != check.status());
    }

    private static Set<String> differing(HealthReport one, HealthReport other) {
        Map<String, HealthStatus> before =
                one.checks().stream()
                        .collect(
                                Collectors.toMap(
                                        HealthReport.Check::id, HealthReport.Check::status));
        return other.checks().stream()
                .filter(check -> before.get(check.id()) != check.status())
                .map(HealthReport.Check::id)
                .collect(Collectors.toSet());
    }

    @Scheduled(every = "2s", concurrentExecution = ConcurrentExecution.SKIP)
    @RunOnVirtualThread
    void send() throws InterruptedException {
        try {
            heartbeats.ifPresent(Heartbeats::look);
            courier.run();
        } catch (SqlFailure e) {
            LOG.debugf("notices wait for the database: %s", e.getMessage());
        }
    }

    @Scheduled(every = "1h", delayed = "10m")
    @RunOnVirtualThread
    void forget() {
        try {
            outbox.forgetOld();
        } catch (SqlFailure e) {
            LOG.debugf("old notices stay for another hour: %s", e.getMessage());
        }
    }

    void stop(@Observes ShutdownEvent event) {
        try {
            watch.release();
        } catch (SqlFailure e) {
            LOG.debugf("the watch ends by itself: %s", e.getMessage());
        }
    }
}
