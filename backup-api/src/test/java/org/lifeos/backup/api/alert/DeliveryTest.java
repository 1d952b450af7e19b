package org.lifeos.backup.api.alert;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.api.health.HealthReport;
import org.lifeos.backup.api.health.HealthStatus;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.testing.MailServer;
import org.lifeos.backup.testing.Receiver;
import org.lifeos.backup.testing.ServiceDatabase;

/** From a change of status to what arrives, by real SMTP and real HTTP. */
class DeliveryTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String PASSWORD = "pa$$word${nobody}\\may";

    private final ServiceDatabase service = ServiceDatabase.create();
    private final Database database = service.database();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private MailServer mail;
    private Receiver web;

    @BeforeEach
    void start() {
        mail = MailServer.withLogin("me", PASSWORD);
        web = new Receiver();
    }

    @AfterEach
    void stop() throws Exception {
        mail.close();
        web.close();
        service.close();
    }

    @AfterAll
    static void end() {
        VERTX.close();
    }

    private Channel mailChannel(String password) {
        return new MailChannel(
                VERTX,
                new MailSettings(
                        "127.0.0.1",
                        mail.port(),
                        MailSettings.Security.STARTTLS_IF_OFFERED,
                        "me",
                        password,
                        "backup@example.org",
                        List.of("me@example.org", "you@example.org")));
    }

    private Channel webhook() {
        return new WebhookChannel(web.address("/hook/s3cret-of-the-hook"));
    }

    private Courier courier(Channel... channels) {
        return new Courier(
                new Outbox(database, SOON, SOON),
                List.of(channels),
                new Redaction(List.of(PASSWORD, "s3cret-of-the-hook")),
                meters);
    }

    /** Runs it when the time of the next try has come. */
    private void runLater(Courier courier) {
        service.execute("update notice_delivery set next_attempt_at = now()");
        try {
            courier.run();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private StatusNotices notices() {
        return new StatusNotices(database, List.of("email", "webhook"));
    }

    private static HealthReport report(HealthStatus status, String... ids) {
        List<HealthReport.Check> checks = new ArrayList<>();
        checks.add(check("service-database", HealthStatus.OK));
        Arrays.stream(ids).forEach(id -> checks.add(check(id, status)));
        return new HealthReport(status, NOON, checks);
    }

    private static HealthReport.Check check(String id, HealthStatus status) {
        return new HealthReport.Check(
                id, status, "It is " + status + ".", "27 h", "at most 26 h", NOON, "Take one.");
    }

    private void look(HealthStatus status, String... ids) {
        StatusNotices notices = notices();
        notices.tell(report(status, ids), notices.told(), Set.of());
    }

    @Test
    void eachChangeOfStatusIsOneMailAndOneCallAndSoIsTheRecovery() throws Exception {
        Courier courier = courier(mailChannel(PASSWORD), webhook());
        for (HealthStatus status :
                new HealthStatus[] {
                    HealthStatus.OK,
                    HealthStatus.OK,
                    HealthStatus.CRITICAL,
                    HealthStatus.CRITICAL,
                    HealthStatus.WARNING,
                    HealthStatus.OK,
                    HealthStatus.OK
                }) {
            look(status, "backup-age:lifeos");
            courier.run();
        }
        assertThat(mail.mails()).hasSize(3);
        assertThat(mail.mails().getFirst())
                .contains(
                        "Subject: life-os backup: CRITICAL: backup-age:lifeos (was OK)",
                        "To: me@example.org,you@example.org",
                        "From: backup@example.org",
                        "It is CRITICAL.",
                        "at most 26 h",
                        "Take one.");
        assertThat(mail.mails().get(2)).contains("OK: backup-age:lifeos (was WARNING)");
        assertThat(mail.envelopes())
                .filteredOn(line -> line.startsWith("RCPT"))
                .hasSize(6)
                .allMatch(line -> line.contains("@example.org"));
        assertThat(web.received()).hasSize(3);
        Map<?, ?> body = Json.read(web.received().getFirst().body(), Map.class);
        assertThat(body.get("check")).isEqualTo("backup-age:lifeos");
        assertThat(body.get("before")).isEqualTo("OK");
        assertThat(body.get("status")).isEqualTo("CRITICAL");
        assertThat(body.get("hint")).isEqualTo("Take one.");
        assertThat((String) body.get("text")).contains("CRITICAL: backup-age:lifeos");
    }

    @Test
    void whatIsWellFromTheBeginningIsNoNewsAndWhatIsNotIs() throws Exception {
        look(HealthStatus.OK, "a", "b");
        look(HealthStatus.WARNING, "a", "b", "c");
        courier(webhook()).run();
        assertThat(web.received())
                .extracting(call -> Json.read(call.body(), Map.class).get("check"))
                .containsExactly("a", "b", "c");
    }

    @Test
    void checkWhoseSubjectIsGoneRecovers() throws Exception {
        look(HealthStatus.WARNING, "schedule:gone");
        look(HealthStatus.OK);
        courier(webhook()).run();
        assertThat(web.received()).hasSize(2);
        assertThat(web.received().getLast().body()).contains("not checked any more");
        look(HealthStatus.OK);
        courier(webhook()).run();
        assertThat(web.received()).hasSize(2);
    }

    @Test
    void twoInstancesThatSeeTheSameSayItOnce() throws Exception {
        look(HealthStatus.OK, "a", "b", "c", "d", "e");
        try (ExecutorService instances = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 20; round++) {
                HealthStatus status = round % 2 == 0 ? HealthStatus.CRITICAL : HealthStatus.OK;
                Map<String, HealthStatus> told = notices().told();
                List<Future<?>> ends = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    ends.add(
                            instances.submit(() -> {
                                notices()
                                        .tell(
                                                report(status, "a", "b", "c", "d", "e"),
                                                told,
                                                Set.of());
                                courier(webhook()).run();
                                return null;
                            }));
                }
                for (Future<?> end : ends) {
                    end.get();
                }
            }
        }
        courier(webhook()).run();
        assertThat(web.received()).hasSize(100);
        assertThat(
                        web.received().stream()
                                .map(call -> Json.read(call.body(), Map.class).get("id"))
                                .distinct())
                .hasSize(100);
    }

    @Test
    void whatCannotBeDeliveredIsTriedAgainAndIsVisibleMeanwhile() throws Exception {
        web.answer(500);
        mail.refuse(true);
        look(HealthStatus.OK, "a");
        look(HealthStatus.CRITICAL, "a");
        look(HealthStatus.OK, "a");
        Courier courier = courier(mailChannel(PASSWORD), webhook());
        runLater(courier);
        runLater(courier);
        courier.run();
        assertThat(service.value("select max(attempts) from notice_delivery")).isEqualTo("2");
        assertThat(service.value("select count(*) from notice_delivery where outcome is not null"))
                .isEqualTo("0");
        assertThat(
                        service.value(
                                "select problem from notice_delivery where channel = 'webhook' and problem is not null"))
                .isEqualTo("it answered with HTTP status 500");
        assertThat(
                        service.value(
                                "select problem from notice_delivery where channel = 'email' and problem is not null"))
                .contains("no room for now");
        assertThat(
                        meters.counter(Courier.METRIC, "channel", "webhook", "outcome", "failed")
                                .count())
                .isGreaterThanOrEqualTo(2);
        int refused = web.received().size();

        web.answer(204);
        mail.refuse(false);
        runLater(courier);
        runLater(courier);
        assertThat(
                        service.value(
                                "select count(*) from notice_delivery where outcome = 'DELIVERED'"))
                .isEqualTo("4");
        assertThat(web.received().subList(refused, web.received().size()))
                .as("in their order")
                .extracting(call -> Json.read(call.body(), Map.class).get("status"))
                .containsExactly("CRITICAL", "OK");
        assertThat(mail.mails()).hasSize(2);
        assertThat(
                        meters.counter(Courier.METRIC, "channel", "email", "outcome", "delivered")
                                .count())
                .isEqualTo(2);
    }

    @Test
    void channelThatFailsDoesNotHoldTheOther() throws Exception {
        web.answer(500);
        look(HealthStatus.WARNING, "a");
        courier(mailChannel(PASSWORD), webhook()).run();
        assertThat(mail.mails()).hasSize(1);
        assertThat(web.received()).hasSize(1);
    }

    @Test
    void noticeIsGivenUpWhenNobodyWantsToKnowAnyMore() throws Exception {
        web.answer(500);
        look(HealthStatus.WARNING, "a");
        service.execute("update notice set written_at = now() - interval '8 days'");
        courier(webhook()).run();
        assertThat(service.value("select outcome from notice_delivery where channel = 'webhook'"))
                .isEqualTo("LOST");
        assertThat(meters.counter(Courier.METRIC, "channel", "webhook", "outcome", "lost").count())
                .isEqualTo(1);
    }

    @Test
    void secretsStayOutOfWhatIsSaidOfFailures() throws Exception {
        look(HealthStatus.WARNING, "a");
        courier(mailChannel("wrong-" + PASSWORD)).run();
        String problem =
                service.value("select problem from notice_delivery where channel = 'email'");
        assertThat(problem).isNotBlank().doesNotContain(PASSWORD);
        web.close();
        courier(webhook()).run();
        assertThat(service.value("select problem from notice_delivery where channel = 'webhook'"))
                .isNotBlank()
                .doesNotContain("s3cret");
    }

    @Test
    void oneInstanceWatchesUntilItsTimeIsOver() {
        Watch first = new Watch(database, java.util.UUID.randomUUID(), Duration.ofMinutes(5));
        Watch second = new Watch(database, java.util.UUID.randomUUID(), Duration.ofMinutes(5));
        assertThat(first.take()).isTrue();
        assertThat(second.take()).isFalse();
        assertThat(first.take()).isTrue();
        service.execute("update health_watch set until = now() - interval '1 second'");
        assertThat(second.take()).isTrue();
        assertThat(first.take()).isFalse();
        second.release();
        assertThat(first.take()).isTrue();
    }
}
