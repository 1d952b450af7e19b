package org.lifeos.backup.api.alert;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.lifeos.backup.config.Environment;

/**
 * The mail server, and who is written to.
 *
 * @param user null for a server that wants no login
 * @param password null without a user
 */
public record MailSettings(
        String host,
        int port,
        Security security,
        String user,
        String password,
        String from,
        List<String> to) {
    private static final int SMTPS = 465;
    private static final int SUBMISSION = 587;
    private static final int SMTP = 25;
    private static final Pattern ADDRESS = Pattern.compile("[^@\\s<>,]+@[^@\\s<>,]+");
    private static final Pattern OF_THIS_MACHINE =
            Pattern.compile("localhost|127\\..*|::1|\\[::1]");

    /** How the connection is kept from listeners. */
    public enum Security {
        NONE,
        /** Where the server offers it. */
        STARTTLS_IF_OFFERED,
        STARTTLS,
        /** From the first byte. */
        TLS
    }

    /** Empty without {@code BACKUP_ALERT_EMAIL}. */
    static Optional<MailSettings> of(Environment environment) {
        Optional<String> password = environment.secret("SMTP_PASSWORD");
        Optional<String> recipients = environment.text("BACKUP_ALERT_EMAIL");
        if (recipients.isEmpty()) {
            return Optional.empty();
        }
        List<String> to = Arrays.stream(recipients.get().split(",")).map(String::strip).toList();
        to.forEach(address -> requireAddress(environment, "BACKUP_ALERT_EMAIL", address));
        String host = environment.text("SMTP_HOST", "");
        if (host.isEmpty()) {
            environment.wrong("BACKUP_ALERT_EMAIL needs SMTP_HOST, the mail server");
        }
        String user = environment.text("SMTP_USER").orElse(null);
        if (user != null && password.isEmpty()) {
            environment.wrong("SMTP_USER needs SMTP_PASSWORD or SMTP_PASSWORD_FILE");
        }
        String from = environment.text("SMTP_FROM", to.getFirst());
        requireAddress(environment, "SMTP_FROM", from);
        String tls = environment.text("SMTP_TLS", "").strip().toLowerCase(Locale.ROOT);
        int port = environment.port("SMTP_PORT", usualPort(tls, user));
        return Optional.of(
                new MailSettings(
                        host,
                        port,
                        security(environment, tls, host, port, user),
                        user,
                        user == null ? null : password.orElse(null),
                        from,
                        to));
    }

    private static int usualPort(String tls, String user) {
        if (tls.equals("tls")) {
            return SMTPS;
        }
        return user == null ? SMTP : SUBMISSION;
    }

    /** A password goes to another machine only where nobody can listen. */
    private static Security security(
            Environment environment, String tls, String host, int port, String user) {
        return switch (tls) {
            case "none", "false", "no", "off" -> Security.NONE;
            case "starttls" -> Security.STARTTLS;
            case "tls", "ssl" -> Security.TLS;
            case "true", "yes", "on" -> port == SMTPS ? Security.TLS : Security.STARTTLS;
            case "" -> {
                if (port == SMTPS) {
                    yield Security.TLS;
                }
                yield user == null || OF_THIS_MACHINE.matcher(host).matches()
                        ? Security.STARTTLS_IF_OFFERED
                        : Security.STARTTLS;
            }
            default -> {
                environment.wrong(
                        "SMTP_TLS must be tls, starttls or none, not '%s'".formatted(tls));
                yield Security.STARTTLS;
            }
        };
    }

    private static void requireAddress(Environment environment, String variable, String address) {
        if (!ADDRESS.matcher(address).matches()) {
            environment.wrong("%s must hold mail addresses, not '%s'".formatted(variable, address));
        }
    }
}
