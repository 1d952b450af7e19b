package org.lifeos.backup.api.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.api.alert.MailSettings.Security;
import org.lifeos.backup.api.health.HealthStatus;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.testing.MailServer;
import org.lifeos.backup.testing.SelfMadeCertificate;

/** Mail over TLS, by real conversations with a server of a private authority. */
class MailTlsTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
    private static final Notice NOTICE =
            new Notice(
                    1,
                    NOON,
                    "jobs",
                    Json.mapper()
                            .valueToTree(
                                    new StatusChange(
                                            "jobs",
                                            null,
                                            HealthStatus.WARNING,
                                            "One waits.",
                                            null,
                                            null,
                                            NOON,
                                            null)));
    private static final String PASSWORD = "nobody-may-hear";
    private static final String TRUST_STORE = "javax.net.ssl.trustStore";
    private static final String TRUST_STORE_PASSWORD = "javax.net.ssl.trustStorePassword";

    @TempDir static Path folder;
    private static SelfMadeCertificate certificate;

    @BeforeAll
    static void make() {
        certificate = SelfMadeCertificate.in(folder);
    }

    @AfterEach
    void trustNobody() {
        System.clearProperty(TRUST_STORE);
        System.clearProperty(TRUST_STORE_PASSWORD);
    }

    @AfterAll
    static void end() {
        VERTX.close();
    }

    /** As JDK_JAVA_OPTIONS of the API does it. */
    private static void trust(SelfMadeCertificate certificate) {
        System.setProperty(TRUST_STORE, certificate.trustStore().toString());
        System.setProperty(TRUST_STORE_PASSWORD, SelfMadeCertificate.PASSWORD);
    }

    private static Channel channel(MailServer server, String host, Security security) {
        return new MailChannel(
                VERTX,
                new MailSettings(
                        host,
                        server.port(),
                        security,
                        "me",
                        PASSWORD,
                        "backup@example.org",
                        List.of("me@example.org")));
    }

    private static void send(MailServer server, String host, Security security)
            throws IOException, InterruptedException {
        channel(server, host, security).send(NOTICE);
    }

    @Test
    void mailGoesOverTlsFromTheFirstByte() throws Exception {
        trust(certificate);
        try (MailServer server = MailServer.withTls("me", PASSWORD, certificate)) {
            send(server, "127.0.0.1", Security.TLS);

            assertThat(server.mails()).hasSize(1);
            assertThat(server.commandsInTheOpen()).isEmpty();
        }
    }

    @Test
    void mailGoesOverTlsThatTheServerOffers() throws Exception {
        trust(certificate);
        for (Security security : List.of(Security.STARTTLS, Security.STARTTLS_IF_OFFERED)) {
            try (MailServer server = MailServer.withStartTls("me", PASSWORD, certificate)) {
                send(server, "localhost", security);

                assertThat(server.mails()).hasSize(1);
                assertThat(server.commandsInTheOpen())
                        .hasSize(2)
                        .satisfies(it -> assertThat(it.getFirst()).startsWith("EHLO"))
                        .endsWith("STARTTLS");
            }
        }
    }

    @Test
    void authorityThatNobodyTrustsGetsNoMailAndNoPassword() throws Exception {
        try (MailServer tls = MailServer.withTls("me", PASSWORD, certificate);
                MailServer startTls = MailServer.withStartTls("me", PASSWORD, certificate)) {
            assertThatThrownBy(() -> send(tls, "127.0.0.1", Security.TLS))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> send(startTls, "127.0.0.1", Security.STARTTLS))
                    .isInstanceOf(IOException.class);
            assertThat(tls.mails()).isEmpty();
            assertThat(startTls.mails()).isEmpty();
            assertThat(startTls.commandsInTheOpen()).noneMatch(line -> line.startsWith("AUTH"));
        }
    }

    @Test
    void certificateOfAnotherNameGetsNoMail(@TempDir Path another) throws Exception {
        SelfMadeCertificate other = SelfMadeCertificate.in(another, "dns:mail.example.org");
        trust(other);
        try (MailServer tls = MailServer.withTls("me", PASSWORD, other);
                MailServer startTls = MailServer.withStartTls("me", PASSWORD, other)) {
            Channel byTls = channel(tls, "localhost", Security.TLS);
            Channel byStartTls = channel(startTls, "localhost", Security.STARTTLS);
            for (int again = 0; again < 2; again++) {
                assertThatThrownBy(() -> byTls.send(NOTICE)).hasMessageContaining("localhost");
                assertThatThrownBy(() -> byStartTls.send(NOTICE)).hasMessageContaining("localhost");
            }
            assertThat(tls.mails()).isEmpty();
            assertThat(startTls.mails()).isEmpty();
        }
    }

    @Test
    void requiredTlsThatIsNotOfferedKeepsThePasswordHere() throws Exception {
        try (MailServer server = MailServer.withLogin("me", PASSWORD)) {
            assertThatThrownBy(() -> send(server, "127.0.0.1", Security.STARTTLS))
                    .isInstanceOf(IOException.class);
            assertThat(server.mails()).isEmpty();
            assertThat(server.commandsInTheOpen()).noneMatch(line -> line.startsWith("AUTH"));
        }
    }
}
