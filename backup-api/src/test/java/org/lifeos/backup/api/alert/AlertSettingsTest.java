package org.lifeos.backup.api.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.api.alert.MailSettings.Security;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;

class AlertSettingsTest {
    private static final Map<String, String> MAIL =
            Map.of("BACKUP_ALERT_EMAIL", "me@example.org", "SMTP_HOST", "smtp.example.org");

    private static AlertSettings read(Map<String, String> more) throws ConfigurationException {
        Map<String, String> variables = new HashMap<>(MAIL);
        variables.putAll(more);
        Environment environment = new Environment(variables);
        AlertSettings settings = AlertSettings.of(environment);
        environment.orThrow();
        return settings;
    }

    @Test
    void nothingIsSetUpByItself() throws ConfigurationException {
        AlertSettings settings = AlertSettings.of(new Environment(Map.of()));
        assertThat(settings.channels()).isEmpty();
    }

    @Test
    void portAndSecurityFollowFromEachOther() throws ConfigurationException {
        assertThat(read(Map.of()).mail().orElseThrow())
                .extracting(MailSettings::port, MailSettings::security, MailSettings::from)
                .containsExactly(25, Security.STARTTLS_IF_OFFERED, "me@example.org");
        assertThat(read(Map.of("SMTP_TLS", "tls")).mail().orElseThrow())
                .extracting(MailSettings::port, MailSettings::security)
                .containsExactly(465, Security.TLS);
        assertThat(read(Map.of("SMTP_PORT", "465")).mail().orElseThrow().security())
                .isEqualTo(Security.TLS);
        Map<String, String> login = Map.of("SMTP_USER", "me", "SMTP_PASSWORD", "secret");
        assertThat(read(login).mail().orElseThrow())
                .as("a password never goes in clear over the net by itself")
                .extracting(MailSettings::port, MailSettings::security)
                .containsExactly(587, Security.STARTTLS);
        assertThat(read(Map.of("SMTP_TLS", "none")).mail().orElseThrow().security())
                .isEqualTo(Security.NONE);
    }

    @Test
    void secretsMayComeFromFiles(@TempDir Path folder) throws IOException, ConfigurationException {
        Path hook = Files.writeString(folder.resolve("hook"), "https://example.org/s3cret\n");
        Path password = Files.writeString(folder.resolve("password"), "pa$$word${x}\n");
        AlertSettings settings =
                read(
                        Map.of(
                                "BACKUP_ALERT_WEBHOOK_URL_FILE", hook.toString(),
                                "BACKUP_HEARTBEAT_URL_FILE", hook.toString(),
                                "SMTP_USER", "me",
                                "SMTP_PASSWORD_FILE", password.toString()));
        assertThat(settings.webhook().orElseThrow()).hasToString("https://example.org/s3cret");
        assertThat(settings.mail().orElseThrow().password()).isEqualTo("pa$$word${x}");
        assertThat(settings.channels()).containsExactly("email", "webhook", "heartbeat");
        assertThat(settings.secrets()).contains("https://example.org/s3cret", "pa$$word${x}");
    }

    @Test
    void whatIsWrongIsNamedWithoutTheSecret() {
        assertThatThrownBy(() -> read(Map.of("SMTP_HOST", "", "BACKUP_ALERT_EMAIL", "nobody")))
                .hasMessageContaining("BACKUP_ALERT_EMAIL must hold mail addresses")
                .hasMessageContaining("needs SMTP_HOST");
        assertThatThrownBy(() -> read(Map.of("SMTP_USER", "me")))
                .hasMessageContaining("SMTP_PASSWORD");
        assertThatThrownBy(() -> read(Map.of("SMTP_TLS", "maybe")))
                .hasMessageContaining("SMTP_TLS");
        assertThatThrownBy(() -> read(Map.of("BACKUP_ALERT_WEBHOOK_URL", "ftp://s3cret")))
                .hasMessageContaining("BACKUP_ALERT_WEBHOOK_URL")
                .hasMessageNotContaining("s3cret");
    }
}
