package org.lifeos.backup.api.alert;

import io.vertx.core.Vertx;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.StartTLSOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.lifeos.backup.json.Json;

/**
 * Writes a mail for each change of status, by the client of quarkus-mailer. It is configured here
 * and not by properties: those would expand the dollar signs of a password.
 */
final class MailChannel implements Channel {
    static final String NAME = "email";

    private final Vertx vertx;
    private final MailSettings settings;

    MailChannel(Vertx vertx, MailSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
    }

    /**
     * A new one for each client: one whose host name verification is left alone is given it, and
     * one that has it already, by us or by an earlier client, loses it (vertx-mail-client 4.5).
     */
    private static MailConfig config(MailSettings settings) {
        MailConfig config =
                new MailConfig()
                        .setHostname(settings.host())
                        .setPort(settings.port())
                        .setSsl(settings.security() == MailSettings.Security.TLS)
                        .setStarttls(
                                switch (settings.security()) {
                                    case NONE, TLS -> StartTLSOptions.DISABLED;
                                    case STARTTLS_IF_OFFERED -> StartTLSOptions.OPTIONAL;
                                    case STARTTLS -> StartTLSOptions.REQUIRED;
                                })
                        .setConnectTimeout((int) LIMIT.toMillis())
                        .setMaxPoolSize(1)
                        .setKeepAlive(false);
        return settings.user() == null
                ? config.setLogin(LoginOption.DISABLED)
                : config.setLogin(LoginOption.REQUIRED)
                        .setUsername(settings.user())
                        .setPassword(settings.password());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Duration patience() {
        return Duration.ofDays(7);
    }

    @Override
    public void send(Notice notice) throws IOException, InterruptedException {
        StatusChange change = Json.mapper().treeToValue(notice.body(), StatusChange.class);
        MailMessage message =
                new MailMessage()
                        .setFrom(settings.from())
                        .setTo(settings.to())
                        .setSubject("life-os backup: " + change.title())
                        .setText(text(change));
        // whoever gets it twice can see that it is one
        message.addHeader("X-Life-Os-Backup-Notice", Long.toString(notice.id()));
        // one client a mail: a pool that once lost a connection would refuse every later one
        MailClient client = MailClient.create(vertx, config(settings));
        try {
            client.sendMail(message)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(words(e.getCause()), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("the mail server did not answer in time", e);
        } finally {
            client.close();
        }
    }

    /** What went wrong, with what it began with: that a certificate is for another name, say. */
    private static String words(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root == thrown
                ? String.valueOf(thrown.getMessage())
                : "%s: %s".formatted(thrown.getMessage(), root.getMessage());
    }

    private static String text(StatusChange change) {
        StringBuilder text = new StringBuilder(change.summary()).append("\n\n");
        line(text, "check", change.check());
        line(text, "status", change.status());
        line(text, "before", change.before());
        line(text, "observed", change.observed());
        line(text, "threshold", change.threshold());
        line(text, "since", change.at());
        line(text, "next", change.hint());
        return text.toString();
    }

    private static void line(StringBuilder text, String name, Object value) {
        if (value != null) {
            text.append("%-10s %s%n".formatted(name, value));
        }
    }
}
