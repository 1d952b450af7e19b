package org.lifeos.backup.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerTest {
    @TempDir Path folder;

    @Test
    void sessionsAreInAnOddTimeZoneThroughDriverAndTools() throws Exception {
        PostgresServer server = PostgresServer.shared();
        assertThat(server.rows("postgres", "SHOW timezone"))
                .isEqualTo(List.of(List.of(PostgresServer.TIME_ZONE)));

        Path script =
                Files.writeString(folder.resolve("zone.sql"), "\\pset tuples_only\nSHOW timezone;");
        CommandRun run = server.psql("postgres", server.superuser(), server.password(), script);
        assertThat(run.orThrow()).contains(PostgresServer.TIME_ZONE);
    }

    @Test
    void clonedDatabaseHoldsWhatItsTemplateHeld() throws Exception {
        PostgresServer server = PostgresServer.shared();
        String sql =
                "CREATE TABLE \"odd name\" (id int PRIMARY KEY); INSERT INTO \"odd name\" VALUES (1), (2);";
        Path script = folder.resolve("template.sql.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(script))) {
            out.write(sql.getBytes(StandardCharsets.UTF_8));
        }
        server.createDatabase("a \"template\"");
        server.runScript("a \"template\"", script);
        server.createDatabaseFrom("a \"template\"", "a_clone");

        DatabaseContent template = DatabaseContent.of(server, "a \"template\"");
        assertThat(template.rows()).isEqualTo(2);
        assertThat(DatabaseContent.of(server, "a_clone")).isEqualTo(template);

        server.execute(
                "a_clone",
                "UPDATE \"odd name\" SET id = 3 WHERE id = 2; CREATE INDEX i ON \"odd name\" (id)");
        assertThat(template.differencesTo(DatabaseContent.of(server, "a_clone")))
                .hasSize(2)
                .anyMatch(line -> line.startsWith("table public.\"odd name\": "))
                .anyMatch(line ->
                        line.startsWith("definition: index public.i: null, there CREATE INDEX"));

        server.dropDatabase("a_clone");
        server.dropDatabase("a \"template\"");
        assertThat(
                        server.rows(
                                "postgres",
                                "SELECT datname FROM pg_database WHERE datname LIKE 'a%'"))
                .isEmpty();
    }

    @Test
    void contentIsTheSameInAnyOrderOfRowsAndColumns() {
        PostgresServer server = PostgresServer.shared();
        server.createDatabase("one_order");
        server.createDatabase("other_order");
        server.execute(
                "one_order",
                "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, NULL); SELECT lo_create(0)");
        server.execute(
                "other_order",
                "CREATE TABLE t (b text, a int); INSERT INTO t VALUES (NULL, 2), ('x', 1)");

        assertThat(
                        DatabaseContent.of(server, "one_order")
                                .differencesTo(DatabaseContent.of(server, "other_order")))
                .singleElement()
                .asString()
                .startsWith("table large objects: Table[rows=1,");
        server.dropDatabase("one_order");
        server.dropDatabase("other_order");
    }

    @Test
    void failingScriptSaysWhichStatement() throws Exception {
        Path script =
                Files.writeString(folder.resolve("bad.sql"), "SELECT 1;\nSELECT no_such_column;");
        assertThatThrownBy(() -> PostgresServer.shared().runScript("postgres", script))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no_such_column");
    }

    @Test
    void killedServerComesBackWithItsDataOnTheSamePort() {
        try (PostgresServer server = PostgresServer.start(Map.of("max_connections", "17"))) {
            server.createDatabase("kept");
            int port = server.port();

            server.kill9();
            assertThatThrownBy(() -> server.rows("kept", "SELECT 1"))
                    .hasMessageContaining("refused");
            server.startAgain();

            assertThat(server.port()).isEqualTo(port);
            assertThat(server.rows("kept", "SHOW max_connections"))
                    .isEqualTo(List.of(List.of("17")));

            server.stopImmediately();
            server.startAgain();
            assertThat(server.rows("kept", "SELECT NULL")).hasSize(1);
        }
    }

    @Test
    void sharedServerIsOneForAllClassLoadersAndCannotBeStopped() throws Exception {
        PostgresServer server = PostgresServer.shared();
        URL classes = PostgresServer.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader other = new OwnClassesFirst(classes)) {
            Class<?> type = other.loadClass(PostgresServer.class.getName());
            assertThat(type).isNotEqualTo(PostgresServer.class);
            Object same = type.getMethod("shared").invoke(null);
            assertThat(type.getMethod("port").invoke(same)).isEqualTo(server.port());
        }
        assertThatThrownBy(server::close).isInstanceOf(IllegalStateException.class);
        assertThat(server.major()).isGreaterThanOrEqualTo(13);
    }

    /** As Quarkus does: the tests' classes again, the libraries' not. */
    private static final class OwnClassesFirst extends URLClassLoader {
        OwnClassesFirst(URL classes) {
            super(new URL[] {classes}, PostgresServerTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("org.lifeos.")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
        }
    }
}
