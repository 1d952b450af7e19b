package org.lifeos.backup.worker.restore;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * Tries each COPY without rows before its rows go through: where the statement fails, psql would
 * take the rows for statements.
 */
final class CopyTrial {
    private static final Logger LOG = Logger.getLogger(CopyTrial.class);
    private static final String OVER = "";
    private static final String TRUE = "true";
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    private static final int LONGEST_SHOWN = 200;

    private final Attempt attempt;
    private final OutputStream psql;
    private final Target database;
    private final String mark = UUID.randomUUID().toString();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    /**
     * @param database that psql restores into
     */
    CopyTrial(Attempt attempt, ToolProcess psql, Target database) {
        this.attempt = attempt;
        this.psql = psql.input();
        this.database = database;
        Thread.ofPlatform().name("psql-answers").daemon().start(() -> read(psql.output()));
    }

    /** Reads all the time: a psql that nobody listens to would stop reading too. */
    private void read(InputStream output) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(output, StandardCharsets.ISO_8859_1))) {
            lines.lines().filter(line -> line.startsWith(mark)).forEach(answers::add);
        } catch (IOException | UncheckedIOException e) {
            // psql is gone, which its exit code tells better
        } finally {
            answers.add(OVER);
        }
    }

    /**
     * @param statement the COPY, with its semicolon
     * @throws ProblemException when psql does not answer because it is still in another statement
     * @throws IOException when psql is gone
     */
    boolean works(byte[] statement) throws IOException {
        psql.write('\n');
        psql.write(statement);
        psql.write(
                "\n\\.\nSELECT '%s ' || :'ERROR';\n"
                        .formatted(mark)
                        .getBytes(StandardCharsets.US_ASCII));
        psql.flush();
        String answer = answer(statement);
        if (answer.equals(OVER)) {
            throw new IOException("psql is gone");
        }
        return !answer.endsWith(TRUE);
    }

    /** What comes before may take the server long; a server that has nothing to do takes none. */
    private String answer(byte[] statement) throws IOException {
        try {
            while (true) {
                String answer = answers.poll(LOOK_EVERY.toSeconds(), TimeUnit.SECONDS);
                if (answer != null) {
                    return answer;
                }
                attempt.checkpoint();
                if (isServerIdle()) {
                    throw new ProblemException(
                            ProblemCode.DUMP_NOT_RESTORABLE,
                            "psql takes this for a part of the statement before it: "
                                    + shown(statement));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for psql");
        }
    }

    private static String shown(byte[] statement) {
        int length = Math.min(statement.length, LONGEST_SHOWN);
        return new String(statement, 0, length, StandardCharsets.UTF_8);
    }

    private boolean isServerIdle() {
        try (Connection connection = new TargetServer(database).open(attempt.jobId());
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                select 1 from pg_stat_activity
                                where application_name = ? and datname = current_database() and state like 'idle%'
                                  and state_change < clock_timestamp() - interval '4 seconds'
                                """)) {
            statement.setString(1, "psql " + attempt.jobId());
            try (ResultSet idle = statement.executeQuery()) {
                return idle.next();
            }
        } catch (SQLException e) {
            LOG.debugf("%s was not asked what it does: %s", database, e.getMessage());
            return false;
        }
    }
}
