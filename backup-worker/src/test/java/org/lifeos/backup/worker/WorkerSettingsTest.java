package org.lifeos.backup.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.worker.target.Target;

class WorkerSettingsTest {
    @TempDir Path folder;

    @Test
    void nothingSetMeansTheContainersOfTheComposeFile() throws Exception {
        WorkerSettings settings = settings(Map.of());

        assertThat(settings.home()).isEqualTo(Path.of("/life-os"));
        assertThat(settings.zone().getRules()).isEqualTo(ZoneId.of("UTC").getRules());
        assertThat(settings.port()).isEqualTo(8086);
        assertThat(settings.concurrency()).isEqualTo(2);
        assertThat(settings.lease()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.retryDelay()).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.retention()).isEqualTo(new RetentionPolicy(7, 3, null));
        assertThat(settings.name()).isNotBlank();
        assertThat(settings.targets().byName()).containsOnlyKeys("lifeos");
        assertThat(settings.targets().get("lifeos"))
                .isEqualTo(new Target("lifeos", "postgres", 5432, "lifeos", "lifeos", null));
    }

    @Test
    void eachTargetHasItsOwnVariables() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "app-password\n");
        WorkerSettings settings =
                settings(
                        Map.of(
                                "BACKUP_TARGETS", "app-test",
                                "LIFEOS_DB_HOST", "db",
                                "APP_TEST_DB_HOST", "other",
                                "APP_TEST_DB_PORT", "6543",
                                "APP_TEST_DB_NAME", "app",
                                "APP_TEST_DB_USER", "ada",
                                "APP_TEST_DB_PASSWORD_FILE", password.toString()));

        assertThat(settings.targets().get("lifeos").host()).isEqualTo("db");
        assertThat(settings.targets().get("app-test"))
                .isEqualTo(new Target("app-test", "other", 6543, "app", "ada", "app-password"));
    }

    @Test
    void zoneIsThatOfTheSystemVariableInBothItsForms() throws Exception {
        assertThat(settings(Map.of("TZ", "Europe/Berlin")).zone())
                .isEqualTo(ZoneId.of("Europe/Berlin"));
        assertThat(settings(Map.of("TZ", ":Asia/Kathmandu")).zone())
                .isEqualTo(ZoneId.of("Asia/Kathmandu"));
    }

    @Test
    void homeIsAnAbsolutePath() throws Exception {
        assertThat(settings(Map.of("LIFEOS_HOME", "a/../b")).home())
                .isEqualTo(Path.of("").toAbsolutePath().resolve("b"));
    }

    @Test
    void ollamaIsAtAnAddressWithoutASecret() throws Exception {
        assertThat(settings(Map.of()).ollama().base()).hasToString("http://ollama:11434");
        assertThat(settings(Map.of()).ollama().registry()).isNull();
        assertThat(settings(Map.of("OLLAMA_BASE_URL", "https://host/ollama/")).ollama().base())
                .hasToString("https://host/ollama");
        for (String wrong :
                List.of(
                        "ollama:11434",
                        "ftp://host",
                        "http://",
                        "http://a b",
                        "http://me:pw-1@h")) {
            assertThatThrownBy(() -> settings(Map.of("OLLAMA_BASE_URL", wrong)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("OLLAMA_BASE_URL must be an address")
                    .hasMessageNotContaining("pw-1");
        }
        assertThatThrownBy(
                        () -> settings(Map.of("OLLAMA_RETRIES", "-1", "OLLAMA_STALL_SECONDS", "0")))
                .hasMessageContaining("OLLAMA_RETRIES must be")
                .hasMessageContaining("OLLAMA_STALL_SECONDS must be");
    }

    @Test
    void allThatIsWrongIsSaidInOneLineWithoutSecrets() {
        assertThatThrownBy(() ->
                        settings(
                                Map.of(
                                        "TZ", "Mars/Olympus",
                                        "BACKUP_LEASE_SECONDS", "0",
                                        "BACKUP_WORKER_CONCURRENCY", "many",
                                        "BACKUP_TARGETS", "No Name",
                                        "LIFEOS_DB_PORT", "0",
                                        "LIFEOS_DB_PASSWORD", "the-secret",
                                        "LIFEOS_DB_PASSWORD_FILE", "/missing")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(
                        "TZ must",
                        "BACKUP_LEASE_SECONDS must",
                        "BACKUP_WORKER_CONCURRENCY must",
                        "BACKUP_TARGETS holds 'No Name'",
                        "LIFEOS_DB_PORT must",
                        "LIFEOS_DB_PASSWORD and LIFEOS_DB_PASSWORD_FILE")
                .hasMessageNotContaining("the-secret")
                .message()
                .hasLineCount(1);
    }

    @Test
    void everyPasswordIsTakenOutOfTextsUnlessItIsAPrintedName() throws Exception {
        Map<String, String> variables = new HashMap<>();
        variables.put("BACKUP_DB_PASSWORD", "service-pw");
        variables.put("BACKUP_TARGETS", "app");
        variables.put("APP_DB_PASSWORD", "target-pw");
        variables.put("LIFEOS_DB_PASSWORD", "lifeos");
        WorkerSettings settings = settings(variables);

        assertThat(settings.redaction().apply("service-pw target-pw lifeos"))
                .isEqualTo("*** *** lifeos");
        assertThat(settings.targets().get("app").toString()).doesNotContain("target-pw");
    }

    private static WorkerSettings settings(Map<String, String> variables)
            throws ConfigurationException {
        return WorkerSettings.of(new Environment(variables));
    }
}
