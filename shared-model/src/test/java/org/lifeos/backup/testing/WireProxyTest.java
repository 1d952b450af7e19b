package org.lifeos.backup.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class WireProxyTest {
    private final PostgresServer server = PostgresServer.shared();
    private final WireProxy proxy = WireProxy.to(server);

    @AfterEach
    void close() {
        proxy.close();
    }

    @Test
    void serverClaimsAVersionThatItHasNot() throws SQLException {
        proxy.claimMajor(server, 99);
        try (Connection connection = connect()) {
            assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(99);
            assertThat(text(connection, "SHOW server_version_num")).startsWith("99");
        }
    }

    @Test
    void pgDumpRefusesAServerThatClaimsToBeNewer() {
        Assumptions.assumeTrue(server.bin().isPresent(), "no pg_dump on this machine");
        proxy.claimMajor(server, 99);
        Path pgDump = server.bin().orElseThrow().resolve("pg_dump");
        CommandRun run =
                CommandRun.of(
                        new CommandRun.Setting(
                                Path.of("/"), null, Map.of("PGPASSWORD", server.password())),
                        List.of(
                                pgDump.toString(),
                                "-h",
                                proxy.host(),
                                "-p",
                                Integer.toString(proxy.port()),
                                "-U",
                                server.superuser(),
                                "postgres"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output())
                .contains("server version: 99.")
                .contains("server version mismatch");
    }

    @Test
    void cutConnectionsFailAndNewOnesAreRefusedUntilAccepted() throws SQLException {
        try (Connection connection = connect()) {
            assertThat(proxy.openConnections()).isEqualTo(1);
            proxy.cutAll();
            assertThatThrownBy(() -> text(connection, "SELECT 1")).isInstanceOf(SQLException.class);
        }
        proxy.refuse();
        assertThatThrownBy(this::connect).hasMessageContaining("refused");
        proxy.accept();
        connect().close();
        assertThat(proxy.connections()).isEqualTo(2);
        await().until(() -> proxy.openConnections() == 0);
    }

    @Test
    void stalledConnectionAnswersOnlyAfterResume() throws Exception {
        try (Connection connection = connect()) {
            proxy.stall();
            var answer =
                    CompletableFuture.supplyAsync(() -> uncheckedText(connection, "SELECT 'late'"));
            assertThatThrownBy(() -> answer.get(200, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            proxy.resume();
            assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo("late");
        }
    }

    @Test
    void connectionIsCutOrStalledInTheMiddleOfALongAnswer() throws Exception {
        String megabyte = "SELECT repeat('x', 1000000)";
        try (Connection connection = connect()) {
            proxy.cutAfterServerBytes(100_000);
            assertThatThrownBy(() -> text(connection, megabyte)).isInstanceOf(SQLException.class);
        }
        proxy.resume();
        try (Connection connection = connect()) {
            proxy.stallAfterServerBytes(100_000);
            var answer = CompletableFuture.supplyAsync(() -> uncheckedText(connection, megabyte));
            await().until(proxy::stalled);
            assertThat(answer).isNotDone();
            proxy.resume();
            assertThat(answer.get(10, TimeUnit.SECONDS)).hasSize(1_000_000);
        }
    }

    @Test
    void sequenceInTwoPiecesIsReplaced() {
        ByteReplacer replacer = new ByteReplacer();
        var rules = List.of(ByteReplacer.Rule.of("15.18", "99.18"));
        String out = text(replacer.replace(bytes("a 15.1"), rules));
        assertThat(replacer.holdsBack()).isTrue();
        out += text(replacer.replace(bytes("8 b 15.17 15."), rules));
        out += text(replacer.flush());
        assertThat(out).isEqualTo("a 99.18 b 15.17 15.");
        assertThatThrownBy(() -> proxy.replaceFromServer("ab", "abc"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", server.superuser());
        properties.setProperty("password", server.password());
        properties.setProperty("connectTimeout", "5");
        return DriverManager.getConnection(
                "jdbc:postgresql://%s:%d/postgres".formatted(proxy.host(), proxy.port()),
                properties);
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static String uncheckedText(Connection connection, String sql) {
        try {
            return text(connection, sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
