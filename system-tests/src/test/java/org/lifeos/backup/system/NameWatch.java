package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.lifeos.backup.testing.PostgresServer;

/**
 * A client that asks a database for its content all the time, in new sessions and in old ones, and
 * keeps what it was told. Between two answers a session may be refused or ended; every answer is to
 * be one of the known contents, whole.
 */
final class NameWatch implements AutoCloseable {
    /** Sessions ended by the server, refused, or asked for a name that is just being renamed. */
    private static final Set<String> ENDED_OR_REFUSED =
            Set.of("57P01", "57P02", "57P03", "08001", "08003", "08006", "3D000", "55006");

    private static final int ANSWERS_IN_A_SESSION = 5;

    private final PostgresServer server;
    private final String database;
    private final String question;
    private final List<String> changes = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final Thread client;
    private volatile boolean over;
    private int answers;
    private int refusals;

    /**
     * @param question one statement whose answer is one text that tells the whole content
     */
    NameWatch(PostgresServer server, String database, String question) {
        this.server = server;
        this.database = database;
        this.question = question;
        this.client = Thread.ofPlatform().daemon().start(this::ask);
    }

    private void ask() {
        while (!over) {
            try (Connection connection = server.connect(database);
                    Statement statement = connection.createStatement()) {
                for (int i = 0; i < ANSWERS_IN_A_SESSION && !over; i++) {
                    try (ResultSet answer = statement.executeQuery(question)) {
                        answer.next();
                        hear(answer.getString(1));
                    }
                }
            } catch (SQLException e) {
                hear(e);
            }
        }
    }

    private synchronized void hear(String answer) {
        answers++;
        if (changes.isEmpty() || !changes.getLast().equals(answer)) {
            changes.add(answer);
        }
    }

    private synchronized void hear(SQLException e) {
        refusals++;
        if (!ENDED_OR_REFUSED.contains(String.valueOf(e.getSQLState()))) {
            errors.add(e.getSQLState() + " " + e.getMessage());
        }
    }

    @Override
    public void close() {
        over = true;
        try {
            client.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the watch; the answers were these, one after the other, and never another one. */
    void saw(String what, String... contents) {
        close();
        assertThat(errors).as(what).isEmpty();
        assertThat(answers).as(what).isPositive();
        assertThat(changes).as("%s, %d refusals", what, refusals).containsExactly(contents);
    }
}
