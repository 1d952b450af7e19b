package org.lifeos.backup.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.PostgresServer;

class ServiceDatabaseSettingsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final PostgresServer server = PostgresServer.shared();

    @Test
    void nothingSetMeansTheContainerOfTheComposeFile() {
        assertThat(ServiceDatabaseSettings.of(new Environment(Map.of())))
                .isEqualTo(
                        new ServiceDatabaseSettings(
                                "backup-db", 5432, "lifeos_backup", "backup", null));
    }

    @Test
    void variablesSayWhereTheDatabaseIs() {
        assertThat(
                        ServiceDatabaseSettings.of(
                                new Environment(
                                        Map.of(
                                                "BACKUP_DB_HOST", "db",
                                                "BACKUP_DB_PORT", "6543",
                                                "BACKUP_DB_NAME", "name",
                                                "BACKUP_DB_USER", "user",
                                                "BACKUP_DB_PASSWORD", "pw"))))
                .isEqualTo(new ServiceDatabaseSettings("db", 6543, "name", "user", "pw"));
    }

    @Test
    void textOfTheSettingsHoldsNoPassword() {
        assertThat(settings("postgres", "the-password").toString())
                .contains("postgres", server.host())
                .doesNotContain("the-password");
        assertThat(settings("postgres", "the-password").jdbcUrl()).doesNotContain("the-password");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "with space", "a?b&c=d", "50%25", "slash/and\\", "ünï'\"c"})
    void databaseOfAnyNameIsReached(String name) throws Exception {
        server.createDatabase(name);
        try {
            ServiceDatabaseSettings settings = settings(name, server.password());
            assertThatCode(() -> settings.awaitReachable(Duration.ZERO)).doesNotThrowAnyException();
            try (Connection connection = settings.connect("an app")) {
                assertThat(connection.getCatalog()).isEqualTo(name);
                assertThat(connection.getClientInfo("ApplicationName")).isEqualTo("an app");
            }
            try (Connection connection =
                    DriverManager.getConnection(
                            settings.jdbcUrl(), settings.user(), settings.password())) {
                assertThat(connection.getCatalog()).isEqualTo(name);
            }
        } finally {
            server.dropDatabase(name);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong", ""})
    void wrongPasswordIsSaidAtOnce(String password) {
        assertSaidAtOnce(settings("postgres", password), "password");
    }

    @Test
    void missingPasswordIsSaidAtOnce() {
        assertSaidAtOnce(settings("postgres", null), "password");
    }

    @Test
    void missingDatabaseIsSaidAtOnce() {
        assertSaidAtOnce(settings("no_such_database", server.password()), "no_such_database");
    }

    @Test
    void serverThatDoesNotAnswerIsSaidWhenThePatienceIsOver() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        ServiceDatabaseSettings settings =
                new ServiceDatabaseSettings("127.0.0.1", closed, "postgres", "backup", "the-pw");
        long begun = System.nanoTime();

        assertThatThrownBy(() -> settings.awaitReachable(Duration.ofSeconds(1)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("127.0.0.1:%d".formatted(closed))
                .hasMessageContaining("BACKUP_DB_*")
                .hasMessageNotContaining("the-pw")
                .message()
                .hasLineCount(1);

        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(10));
    }

    private static void assertSaidAtOnce(ServiceDatabaseSettings settings, String words) {
        long begun = System.nanoTime();
        assertThatThrownBy(() -> settings.awaitReachable(LONG))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(words);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
    }

    private ServiceDatabaseSettings settings(String database, String password) {
        return new ServiceDatabaseSettings(
                server.host(), server.port(), database, server.superuser(), password);
    }
}
