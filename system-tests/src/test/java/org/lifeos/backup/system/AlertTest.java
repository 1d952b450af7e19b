package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.MailServer;
import org.lifeos.backup.testing.Receiver;

/** Two APIs tell each change of status once, by mail and web, also across their death. */
class AlertTest {
    private static final String AGE = "backup-age:lifeos";
    private static final String PASSWORD = "mail-pa$$word-nobody-may-see";
    private static final Duration SOON = Duration.ofSeconds(60);

    private MailServer mail;
    private Receiver web;
    private Stack stack;

    @BeforeEach
    void start() {
        mail = MailServer.withLogin("me", PASSWORD);
        web = new Receiver();
        stack =
                Stack.start(
                        Stack.Setup.standard()
                                .withSchedules()
                                .apis(2)
                                .environment(
                                        Map.of(
                                                "BACKUP_HEALTH_INTERVAL_SECONDS",
                                                "1",
                                                "BACKUP_ALERT_EMAIL",
                                                "me@example.org",
                                                "SMTP_HOST",
                                                "127.0.0.1",
                                                "SMTP_PORT",
                                                Integer.toString(mail.port()),
                                                "SMTP_USER",
                                                "me",
                                                "SMTP_PASSWORD",
                                                PASSWORD,
                                                "BACKUP_ALERT_WEBHOOK_URL",
                                                web.address("/hook-nobody-may-see").toString(),
                                                "BACKUP_HEARTBEAT_URL",
                                                web.address("/ping").toString())));
    }

    @AfterEach
    void stop() throws IOException {
        stack.close();
        mail.close();
        web.close();
    }

    @Test
    void eachChangeOfStatusIsToldOnceAlsoAcrossARestart() throws IOException {
        awaitTold("CRITICAL");
        take();
        awaitTold("CRITICAL", "OK");
        for (Path dump : dumps()) {
            Files.delete(dump);
        }
        awaitTold("CRITICAL", "OK", "CRITICAL");

        String watching = watching();
        stack.api(0).process().kill9();
        stack.api(1).process().kill9();
        stack.startApi(Map.of());
        stack.startApi(Map.of());
        Awaitility.await().atMost(SOON).until(() -> !watching().equals(watching));
        // the new one has looked, and found nothing new to tell: its second look prolongs its watch
        String until = until();
        Awaitility.await().atMost(SOON).until(() -> !until().equals(until));
        take();
        awaitTold("CRITICAL", "OK", "CRITICAL", "OK");

        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() ->
                        assertThat(targets("/ping"))
                                .containsExactly("/ping/start", "/ping", "/ping/start", "/ping"));
        String answers =
                stack.given(stack.tokens().viewer()).get("/api/v1/health").asString()
                        + stack.logTails();
        assertThat(answers).doesNotContain(PASSWORD, "nobody-may-see");
    }

    /** All that was told of the age of the backups, by each way. */
    private void awaitTold(String... statuses) {
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> {
                    assertThat(
                                    web.received().stream()
                                            .filter(call -> call.target().startsWith("/hook"))
                                            .map(call -> new JsonPath(call.body()))
                                            .filter(body -> body.getString("check").equals(AGE))
                                            .map(body -> body.getString("status")))
                            .containsExactly(statuses);
                    assertThat(
                                    mail.mails().stream()
                                            .flatMap(String::lines)
                                            .filter(line -> line.startsWith("Subject: "))
                                            .filter(line -> line.contains(AGE))
                                            .map(line -> line.split(": ")[2]))
                            .containsExactly(statuses);
                });
    }

    private List<String> targets(String prefix) {
        return web.received().stream()
                .map(Receiver.Received::target)
                .filter(target -> target.startsWith(prefix))
                .toList();
    }

    private String watching() {
        return row("select instance from health_watch");
    }

    private String until() {
        return row("select until from health_watch");
    }

    private String row(String sql) {
        List<List<String>> rows = stack.server().rows(stack.serviceDatabase(), sql);
        return rows.isEmpty() ? "" : rows.getFirst().getFirst();
    }

    private void take() {
        stack.given(stack.tokens().operator())
                .header("Prefer", "wait=60")
                .post("/api/v1/backups")
                .then()
                .statusCode(200);
    }

    private List<Path> dumps() throws IOException {
        try (Stream<Path> files = Files.list(stack.backupFolder())) {
            return files.filter(file -> file.toString().endsWith(".sql.gz")).toList();
        }
    }
}
