package org.lifeos.backup.api.alert;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lifeos.backup.config.Environment;

/**
 * Where notices go. Addresses of the web are secrets: who knows them can speak in our name.
 *
 * @param secrets none of which may be told
 */
public record AlertSettings(
        Optional<MailSettings> mail,
        Optional<URI> webhook,
        Optional<URI> heartbeat,
        Set<String> secrets) {

    public static AlertSettings of(Environment environment) {
        return new AlertSettings(
                MailSettings.of(environment),
                address(environment, "BACKUP_ALERT_WEBHOOK_URL"),
                address(environment, "BACKUP_HEARTBEAT_URL"),
                environment.secretsRead());
    }

    /** Those by which changes of status go. */
    public List<String> noticeChannels() {
        List<String> names = new ArrayList<>();
        mail.ifPresent(settings -> names.add(MailChannel.NAME));
        webhook.ifPresent(address -> names.add(WebhookChannel.NAME));
        return List.copyOf(names);
    }

    /** All of them, that of the heartbeat too. */
    public List<String> channels() {
        List<String> names = new ArrayList<>(noticeChannels());
        heartbeat.ifPresent(address -> names.add(HeartbeatChannel.NAME));
        return List.copyOf(names);
    }

    private static Optional<URI> address(Environment environment, String variable) {
        Optional<String> text = environment.secret(variable);
        Optional<URI> address = text.flatMap(AlertSettings::parsed);
        if (text.isPresent() && address.isEmpty()) {
            environment.wrong(
                    variable + " must be an address that begins with http:// or https://");
        }
        return address;
    }

    private static Optional<URI> parsed(String text) {
        try {
            URI address = URI.create(text.strip());
            boolean isWeb =
                    address.getHost() != null
                            && ("http".equals(address.getScheme())
                                    || "https".equals(address.getScheme()));
            return Optional.of(address).filter(it -> isWeb);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
