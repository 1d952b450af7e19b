package org.lifeos.backup.worker.restore;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.StoppedException;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.tool.DumpStyle;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * Reads large tables of a side database back as soon as each is filled, while one session still
 * fills others. A table that holds what it should need not be read again; of any other this says
 * nothing, and whoever reads the whole finds out.
 */
final class EarlyReadBack implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(EarlyReadBack.class);
    private static final Duration PAUSE = Duration.ofMillis(50);

    /** Below it a session of its own costs more than it saves. */
    private static final long WORTH_BYTES = 16L << 20;

    /** Each of them stands in the arguments of pg_dump. */
    private static final int TABLES_AT_MOST = 50;

    /**
     * The next table that is large and that nobody writes into: COPY holds its lock until its rows
     * are committed. It has no relatives, so that whoever reads it needs no lock that a statement
     * of the restore may hold while it waits for this one.
     */
    private static final String FILLED =
            """
            select t.name from unnest(?) as t(name) join pg_class c on c.oid = to_regclass(t.name)
            where c.relkind = 'r'
              and not exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent))
              and case
                  when exists (
                      select from pg_locks l
                      where l.relation = c.oid and l.mode ~ '^(Row|ShareRow|Access|)ExclusiveLock$'
                        and l.database = (select d.oid from pg_database d where d.datname = current_database()))
                  then false
                  else pg_table_size(c.oid) >= ?
                  end
            order by c.oid
            limit 1
            """;

    private final Attempt attempt;
    private final PostgresTools tools;
    private final Target database;
    private final Map<String, TableContent> unread;
    private final List<TableContent> equal = new ArrayList<>();
    private final CountDownLatch filled = new CountDownLatch(1);
    private final Thread reader;
    private ToolProcess reading;
    private boolean isClosed;

    private EarlyReadBack(
            Attempt attempt,
            PostgresTools tools,
            Target database,
            Map<String, TableContent> unread) {
        this.attempt = attempt;
        this.tools = tools;
        this.database = database;
        this.unread = unread;
        this.reader = Thread.ofPlatform().name("read-back").daemon().unstarted(this::read);
    }

    /**
     * Begins, before the first row is there.
     *
     * @param dumped what the tables will hold, in the style {@link DumpStyle#OWN}; with none,
     *     nothing is read
     */
    static EarlyReadBack start(
            Attempt attempt, PostgresTools tools, Target database, List<TableContent> dumped) {
        EarlyReadBack early =
                new EarlyReadBack(attempt, tools, database, likelyLargest(comparable(dumped)));
        early.reader.start();
        return early;
    }

    /** Those that come in one piece: the rows of partitions may come through their root. */
    private static List<TableContent> comparable(List<TableContent> dumped) {
        Map<String, Long> pieces =
                dumped.stream()
                        .collect(Collectors.groupingBy(TableContent::table, Collectors.counting()));
        return dumped.stream()
                .filter(table -> table.hash() != null && pieces.get(table.table()) == 1)
                .toList();
    }

    /** Names beyond ASCII are left out, as the arguments of a process may not hold them. */
    private static Map<String, TableContent> likelyLargest(List<TableContent> tables) {
        Map<String, TableContent> largest = new LinkedHashMap<>();
        tables.stream()
                .filter(table -> table.table().chars().allMatch(c -> c >= ' ' && c <= '~'))
                .sorted(Comparator.comparingLong(TableContent::rows).reversed())
                .limit(TABLES_AT_MOST)
                .forEach(table -> largest.put(table.table(), table));
        return largest;
    }

    private void read() {
        if (unread.isEmpty()) {
            return;
        }
        try (Connection connection = new TargetServer(database).open(attempt.jobId())) {
            boolean more = true;
            while (more && !isClosed()) {
                boolean isLast = filled.getCount() == 0;
                Optional<String> table = nextFilled(connection);
                if (table.isPresent()) {
                    read(unread.remove(table.get()));
                } else {
                    filled.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
                }
                more = !unread.isEmpty() && (table.isPresent() || !isLast);
            }
        } catch (SQLException | ProblemException e) {
            LOG.debugf("job %s: no table is read early: %s", attempt.jobId(), e.getMessage());
        } catch (StoppedException | InterruptedException e) {
            // then nobody asks for what was read
        }
    }

    private Optional<String> nextFilled(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FILLED)) {
            statement.setArray(1, connection.createArrayOf("text", unread.keySet().toArray()));
            statement.setLong(2, WORTH_BYTES);
            try (ResultSet table = statement.executeQuery()) {
                return table.next() ? Optional.of(table.getString("name")) : Optional.empty();
            }
        }
    }

    private void read(TableContent table) {
        try (ToolProcess rows =
                DumpTool.rowsOf(table.table(), attempt, tools, database, DumpStyle.OWN)) {
            begins(rows);
            DumpSummary found = ReadBack.of(attempt, rows);
            if (found.complete() && found.tables().equals(List.of(table))) {
                equal.add(table);
            }
        }
    }

    private synchronized boolean isClosed() {
        return isClosed;
    }

    private synchronized void begins(ToolProcess rows) {
        reading = rows;
        if (isClosed) {
            rows.end();
        }
    }

    /**
     * Says that the database is filled, and waits until all large tables are read.
     *
     * @return those that hold what they should
     */
    List<TableContent> equal() {
        filled.countDown();
        join();
        return List.copyOf(equal);
    }

    private void join() {
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading back", e);
        }
    }

    /** Makes sure that nothing is read any more. */
    @Override
    public void close() {
        filled.countDown();
        synchronized (this) {
            isClosed = true;
            if (reading != null) {
                reading.end();
            }
        }
        join();
    }
}
