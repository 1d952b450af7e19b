package org.lifeos.backup.worker.restore;

import static org.lifeos.backup.worker.restore.SideDatabases.quoted;
import static org.lifeos.backup.worker.restore.SideDatabases.run;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
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
 * answers with the whole old or the whole new content. What was there before is kept under another
 * name, and carries on itself which job replaced it and until when it stays.
 */
public final class DatabaseSwap {
    private static final Logger LOG = Logger.getLogger(DatabaseSwap.class);
    private static final DateTimeFormatter IN_NAMES =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

    /** Settings of a database that the service invented; they move with it in a rename. */
    private static final String REPLACED_BY = "lifeos_backup.replaced_by";

    private static final String STAYS_UNTIL = "lifeos_backup.stays_until";

    /** How long busy sessions are ended again and again before the swap is given up. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Duration BETWEEN_ENDINGS = Duration.ofMillis(20);
    private static final int LONGEST_NAME_BYTES = 63;
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
     * @param replacedBy the job that put another one in its place
     * @param staysUntil when it is removed
     */
    public record Previous(String name, UUID replacedBy, Instant staysUntil) {}

    /**
     * Renames the target's database away and the other one in. Sessions in either are ended until
     * the renames get through; for that moment new ones are refused.
     *
     * @param incoming the database that takes the target's name
     * @param keep how long the one that it replaces stays
     * @return the one that was replaced; empty when the target had no database
     * @throws ProblemException when its sessions could not be ended
     */
    public Optional<Previous> swap(String incoming, Duration keep) throws SQLException {
        boolean replaces = databases.exists(target.database());
        CountDownLatch over = new CountDownLatch(1);
        Thread emptying = Thread.ofPlatform().daemon().start(() -> keepEmptyUntil(over, incoming));
        try (Connection connection = databases.open()) {
            connection.setAutoCommit(false);
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                try {
                    return rename(connection, incoming, keep, replaces);
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

    private Optional<Previous> rename(
            Connection connection, String incoming, Duration keep, boolean replaces)
            throws SQLException {
        Optional<Previous> previous = Optional.empty();
        run(connection, "SET LOCAL lock_timeout = '5s'");
        if (replaces) {
            Instant now = now(connection);
            previous = Optional.of(new Previous(freeName(connection, now), jobId, now.plus(keep)));
            rename(connection, target.database(), previous.get().name());
            set(connection, previous.get().name(), REPLACED_BY, jobId.toString());
            set(
                    connection,
                    previous.get().name(),
                    STAYS_UNTIL,
                    previous.get().staysUntil().toString());
        }
        rename(connection, incoming, target.database());
        set(connection, target.database(), SideDatabases.MARK, jobId.toString());
        for (String setting : List.of(REPLACED_BY, STAYS_UNTIL)) {
            run(
                    connection,
                    "ALTER DATABASE %s RESET %s".formatted(quoted(target.database()), setting));
        }
        connection.commit();
        return previous;
    }

    private static void rename(Connection connection, String from, String to) throws SQLException {
        run(connection, "ALTER DATABASE %s RENAME TO %s".formatted(quoted(from), quoted(to)));
    }

    private static void set(Connection connection, String database, String name, String value)
            throws SQLException {
        run(connection, "ALTER DATABASE %s SET %s = '%s'".formatted(quoted(database), name, value));
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

    /** {@code NAME_before_20260131_030000}, cut to what a name may have. */
    private String freeName(Connection connection, Instant now) throws SQLException {
        for (int nr = 1; ; nr++) {
            String end = "_before_" + IN_NAMES.format(now) + (nr == 1 ? "" : "-" + nr);
            String name = cut(target.database(), LONGEST_NAME_BYTES - end.length()) + end;
            if (!SideDatabases.exists(connection, name)) {
                return name;
            }
        }
    }

    /** The longest beginning that fits, of whole characters. */
    static String cut(String name, int bytes) {
        int end = name.length();
        while (name.substring(0, end).getBytes(StandardCharsets.UTF_8).length > bytes) {
            end = name.offsetByCodePoints(end, -1);
        }
        return name.substring(0, end);
    }

    /** What this or an earlier swap of the target replaced and is still there, newest first. */
    public List<Previous> previous() throws SQLException {
        try (Connection connection = databases.open();
                Statement statement = connection.createStatement();
                ResultSet found =
                        statement.executeQuery(
                                """
                                select d.datname,
                                       max(substring(c from '=(.*)')) filter (where c like 'lifeos\\_backup.replaced\\_by=%') as replaced_by,
                                       max(substring(c from '=(.*)')) filter (where c like 'lifeos\\_backup.stays\\_until=%') as stays_until
                                from pg_db_role_setting s
                                join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c
                                where s.setrole = 0
                                group by d.datname
                                """)) {
            List<Previous> all = new ArrayList<>();
            while (found.next()) {
                if (found.getString("replaced_by") != null
                        && found.getString("stays_until") != null) {
                    all.add(
                            new Previous(
                                    found.getString("datname"),
                                    UUID.fromString(found.getString("replaced_by")),
                                    Instant.parse(found.getString("stays_until"))));
                }
            }
            all.removeIf(previous -> !isOfTarget(previous.name()));
            all.sort((one, other) -> other.staysUntil().compareTo(one.staysUntil()));
            return all;
        }
    }

    /** What a job replaced, if it is still there. */
    public Optional<Previous> replacedBy(UUID job) throws SQLException {
        return previous().stream().filter(found -> found.replacedBy().equals(job)).findFirst();
    }

    private boolean isOfTarget(String name) {
        int at = name.lastIndexOf("_before_");
        return at >= 0 && cut(target.database(), at).equals(name.substring(0, at));
    }

    /**
     * Removes the databases that were replaced and whose time is over, or that are not the kept
     * one.
     */
    public void dropOld(Optional<String> kept) throws SQLException {
        Instant now;
        try (Connection connection = databases.open()) {
            now = now(connection);
        }
        List<Previous> all = previous();
        for (Previous previous : all) {
            boolean isKept = kept.map(previous.name()::equals).orElse(true);
            if (!isKept || !previous.staysUntil().isAfter(now)) {
                LOG.infof(
                        "removing %s, which job %s replaced",
                        previous.name(), previous.replacedBy());
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
