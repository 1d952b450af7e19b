package org.lifeos.backup.worker.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.testing.PostgresServer;

/** What a server's refusals are called. */
class TargetServerTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final String USER = "target_server_guest";
    private static final String CLOSED = "target_server_closed";
    private static final UUID JOB = UUID.randomUUID();

    @BeforeAll
    static void make() {
        SERVER.execute("postgres", "CREATE ROLE %s LOGIN PASSWORD 'guest'".formatted(USER));
        SERVER.createDatabase(CLOSED);
        SERVER.execute("postgres", "REVOKE CONNECT ON DATABASE %s FROM PUBLIC".formatted(CLOSED));
    }

    @AfterAll
    static void drop() {
        SERVER.dropDatabase(CLOSED);
        SERVER.execute("postgres", "DROP ROLE " + USER);
    }

    private static TargetServer as(String database) {
        return new TargetServer(
                new Target("bench", SERVER.host(), SERVER.port(), database, USER, "guest"));
    }

    @Test
    void userWithoutTheRightToConnectIsRefusedTheLogin() {
        SQLException refused =
                catchThrowableOfType(SQLException.class, () -> as(CLOSED).open(JOB).close());

        assertThat(as(CLOSED).problem(refused).code()).isEqualTo(ProblemCode.TARGET_ACCESS_DENIED);
    }

    @Test
    void userWithoutTheRightToDoSomethingIsPermittedLessThanThat() throws SQLException {
        TargetServer server = as("postgres");
        try (Connection connection = server.open(JOB)) {
            SQLException refused =
                    catchThrowableOfType(
                            SQLException.class,
                            () ->
                                    connection
                                            .createStatement()
                                            .execute("CREATE DATABASE target_server_new"));

            assertThat(server.problem(refused).code())
                    .isEqualTo(ProblemCode.TARGET_PERMISSION_DENIED);
            assertThat(server.problem(refused).detail()).contains("permission denied");
        }
    }
}
