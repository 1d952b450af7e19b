package org.lifeos.backup.worker.restore;

import static org.lifeos.backup.worker.restore.SideDatabases.quoted;
import static org.lifeos.backup.worker.restore.SideDatabases.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.target.Target;

/**
 * Puts one database in the place of a target's own, in one transaction: at every instant the name
 * answers with the whole old or the whole new content. What was there before is kept for a while
 * under another name, which tells when it was replaced and by which job.
 */
public final class DatabaseSwap {
    private static final Logger LOG = Logger.getLogger(DatabaseSwap.class);

    /** How long what was replaced can be put back. */
    public static final Duration KEPT = Duration.ofHours(24);

    /** How long busy sessions are ended again and again before the swap is given up. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Duration BETWEEN_ENDINGS = Duration.ofMillis(20);
    private static final String OBJECT_IN_USE = "55006";
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final Target target;
    private final UUID jobId;
    private final SideDatabases databases;

    /**
     * @param jobId the job that swaps
     */
    public DatabaseSwap(Target target, UUID jobId) {
        this.target = target;
        this.jobId = jobId;
        this.databases = new SideDatabases(target, jobId);
    }

    /**
     * A database that was replaced and is still there.
     *
     * @param staysUntil when it is removed
     */
    public record Previous(String name, Instant staysUntil) {
        private static Previous of(PreviousName name) {
            return new Previous(name.text(), name.replacedAt().plus(KEPT));
        }
    }

    /**
     * Renames the target's database away and the other one in. Sessions in either are ended until
     * the renames get through; for that moment new ones are refused.
     *
     * @param incoming the database that takes the target's name
     * @return the one that was replaced; empty when the target had no database
     * @throws ProblemException when its sessions could not be ended
     * @throws SwapUnansweredException when it is not known whether it came about
     */
    public Optional<Previous> swap(String incoming) throws SQLException {
        try {
            return renamed(incoming);
        } catch (SQLException e) {
            if (hasComeAbout(e)) {
                return replacedBy(jobId);
            }
            throw e;
        }
    }

    private boolean hasComeAbout(SQLException failure) {
        try {
            return isDone();
        } catch (SQLException e) {
            failure.addSuppressed(e);
            throw new SwapUnansweredException(failure);
        }
    }

    private Optional<Previous> renamed(String incoming) throws SQLException {
        boolean replaces = databases.exists(target.database());
        CountDownLatch over = new CountDownLatch(1);
        Thread emptying = Thread.ofPlatform().daemon().start(() -> keepEmptyUntil(over, incoming));
        try (Connection connection = databases.open()) {
            connection.setAutoCommit(false);
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                try {
                    return rename(connection, incoming, replaces);
                } catch (SQLException e) {
                    connection.rollback();
                    if (!isBusy(e)) {
                        throw e;
                    }
                    if (System.nanoTime() > end) {
                        throw new ProblemException(
                                ProblemCode.TARGET_LOCKED,
                                "The sessions in %s could not be ended within %d seconds: %s"
                                        .formatted(target, PATIENCE.toSeconds(), e.getMessage()),
                                e);
                    }
                }
            }
        } finally {
            over.countDown();
            join(emptying);
        }
    }

    /**
     * Has nothing go on in a database that was replaced: its subscriptions are disabled, until a
     * {@link #resume}. Doing it twice does no harm.
     */
    public void pause(Previous replaced) throws SQLException {
        new Subscriptions(target.inDatabase(replaced.name()), jobId).pause();
    }

    /** Enables the subscriptions of a database that is the target's own again. */
    public void resume() throws SQLException {
        new Subscriptions(target, jobId).resume();
    }

    private Optional<Previous> rename(Connection connection, String incoming, boolean replaces)
            throws SQLException {
        Optional<Previous> previous = Optional.empty();
        run(connection, "SET LOCAL lock_timeout = '5s'");
        if (replaces) {
            PreviousName name = PreviousName.of(target.database(), now(connection), jobId);
            previous = Optional.of(Previous.of(name));
            rename(connection, target.database(), name.text());
        } else {
            databases.mark(connection, incoming);
        }
        rename(connection, incoming, target.database());
        connection.commit();
        return previous;
    }

    /** Whether this job's swap has come about. */
    public boolean isDone() throws SQLException {
        return replacedBy(jobId).isPresent() || databases.isPublished(target.database());
    }

    private static void rename(Connection connection, String from, String to) throws SQLException {
        run(connection, "ALTER DATABASE %s RENAME TO %s".formatted(quoted(from), quoted(to)));
    }

    private static boolean isBusy(SQLException e) {
        return OBJECT_IN_USE.equals(e.getSQLState()) || LOCK_NOT_AVAILABLE.equals(e.getSQLState());
    }

    /** Ends sessions again and again: clients that reconnect at once would win every race. */
    private void keepEmptyUntil(CountDownLatch over, String incoming) {
        try (Connection connection = databases.open();
                PreparedStatement end =
                        connection.prepareStatement(
                                """
                                select count(pg_terminate_backend(pid)) from pg_stat_activity
                                where datname in (?, ?) and pid <> pg_backend_pid()
                                  and (pg_has_role(usesysid, 'MEMBER') or pg_has_role('pg_signal_backend', 'MEMBER'))
                                """)) {
            end.setString(1, target.database());
            end.setString(2, incoming);
            do {
                end.execute();
            } while (!over.await(BETWEEN_ENDINGS.toMillis(), TimeUnit.MILLISECONDS));
        } catch (SQLException e) {
            LOG.warnf("sessions in %s were not ended: %s", target, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(BETWEEN_ENDINGS.multipliedBy(100));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What this or an earlier swap of the target replaced and is still there, newest first. */
    public List<Previous> previous() throws SQLException {
        return names().stream().map(Previous::of).toList();
    }

    /** What a job replaced, if it is still there. */
    public Optional<Previous> replacedBy(UUID job) throws SQLException {
        return names().stream().filter(name -> name.isBy(job)).findFirst().map(Previous::of);
    }

    private List<PreviousName> names() throws SQLException {
        try (Connection connection = databases.open();
                Statement statement = connection.createStatement();
                ResultSet found =
                        statement.executeQuery(
                                "select datname from pg_database where datname like '%\\_before\\_%'")) {
            List<PreviousName> names = new ArrayList<>();
            while (found.next()) {
                PreviousName.parse(found.getString("datname"), target.database())
                        .ifPresent(names::add);
            }
            names.sort(Comparator.comparing(PreviousName::replacedAt).reversed());
            return names;
        }
    }

    /**
     * Removes what was replaced and is not the newest of it, or whose time is over: one is kept for
     * each target.
     */
    public void dropOld() throws SQLException {
        Instant now;
        try (Connection connection = databases.open()) {
            now = now(connection);
        }
        List<Previous> all = previous();
        Optional<Previous> newest = replacedBy(jobId).or(() -> all.stream().findFirst());
        for (Previous previous : all) {
            if (!previous.equals(newest.get()) || !previous.staysUntil().isAfter(now)) {
                LOG.infof("removing %s, which was replaced", previous.name());
                databases.drop(previous.name());
            }
        }
    }

    private static Instant now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet now = statement.executeQuery("select now() as now")) {
            now.next();
            return now.getObject("now", OffsetDateTime.class).toInstant();
        }
    }
}
