package org.lifeos.backup.worker.restore;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.ContentDifferences;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.tool.DumpStyle;
import org.lifeos.backup.worker.tool.PostgresTools;

/** What a target's database holds now, beside what a backup says. */
public final class CurrentDatabase {
    private static final String USER_TABLES =
            """
            select exists (
                select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relkind in ('r', 'p', 'f', 'm')
                  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
                  and not exists (
                      select 1 from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')) as found
            """;

    /** Its rows are in its partitions, and may be told as its own nevertheless. */
    private static final String PARTITIONED = "p";

    /** The two parts of a table's name; a manifest is a file that anybody may have written. */
    private static final Pattern QUALIFIED =
            Pattern.compile(
                    "([\\w$]+|\"([^\"]|\"\")+\")\\.([\\w$]+|\"([^\"]|\"\")+\")",
                    Pattern.UNICODE_CHARACTER_CLASS);

    private final Attempt attempt;
    private final Target target;

    public CurrentDatabase(Attempt attempt, Target target) {
        this.attempt = attempt;
        this.target = target;
    }

    /**
     * Whether there are tables that somebody made; those of extensions do not count, and a database
     * that is not there has none.
     *
     * @throws ProblemException when the server cannot be asked
     */
    public boolean hasUserTables() {
        try {
            if (!new SideDatabases(target, attempt.jobId()).exists(target.database())) {
                return false;
            }
            try (Connection connection = new TargetServer(target).open(attempt.jobId());
                    PreparedStatement statement = connection.prepareStatement(USER_TABLES);
                    ResultSet found = statement.executeQuery()) {
                return found.next() && found.getBoolean("found");
            }
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
    }

    /**
     * In what the whole content differs from a backup's, as sentences. Empty only where all hashes
     * are known and equal.
     *
     * @throws ProblemException when the database cannot be read
     */
    public List<String> differencesFrom(BackupManifest backup) {
        if (backup.fingerprint() == null) {
            return List.of(
                    "%s has no hashes, so nothing proves that the two are equal"
                            .formatted(backup.file().name()));
        }
        PostgresTools tools =
                PostgresTools.forServer(
                        new TargetServer(target).serverFacts(attempt.jobId()).major());
        boolean sameMajor =
                backup.dumpToolVersion() != null
                        && PostgresTools.majorOf(backup.dumpToolVersion()) == tools.major();
        return ContentDifferences.between(
                backup, ReadBack.of(attempt, tools, target, DumpStyle.OWN), sameMajor);
    }

    /**
     * The rows of a backup's tables as they are now.
     *
     * @param rows of all of them together
     * @param others tables with another number of rows than in the backup: the work of an
     *     application, perhaps
     * @param lacking tables that are not there, or have none of their rows: what no application
     *     does in its first minutes
     */
    public record Rows(long rows, List<String> others, List<String> lacking) {}

    /** Counts the rows of the tables that a backup holds. */
    public Rows count(BackupManifest backup) {
        long rows = 0;
        List<String> others = new ArrayList<>();
        List<String> lacking = new ArrayList<>();
        try (Connection connection = new TargetServer(target).open(attempt.jobId())) {
            for (TableContent table : backup.contents()) {
                attempt.checkpoint();
                OptionalLong found = count(connection, table);
                rows += found.orElse(0);
                if (found.isEmpty()) {
                    lacking.add(table.table() + " is missing");
                } else if (found.getAsLong() != table.rows()) {
                    String text =
                            "%s has %,d rows instead of %,d"
                                    .formatted(table.table(), found.getAsLong(), table.rows());
                    (found.getAsLong() == 0 ? lacking : others).add(text);
                }
            }
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
        return new Rows(rows, others, lacking);
    }

    /** Empty where there is no such table. */
    private static OptionalLong count(Connection connection, TableContent table)
            throws SQLException {
        if (!QUALIFIED.matcher(table.table()).matches()) {
            return OptionalLong.empty();
        }
        Optional<String> kind = kind(connection, table);
        if (kind.isEmpty()) {
            return OptionalLong.empty();
        }
        // the dump's own spelling, quoted where it has to be
        String sql =
                "select count(*) as rows from %s %s"
                        .formatted(kind.get().equals(PARTITIONED) ? "" : "only", table.table());
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet counted = statement.executeQuery()) {
            counted.next();
            return OptionalLong.of(counted.getLong("rows"));
        }
    }

    /** What kind of relation it is (pg_class.relkind); empty where there is none. */
    private static Optional<String> kind(Connection connection, TableContent table)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select relkind::text as kind from pg_class where oid = to_regclass(?)")) {
            statement.setString(1, table.table());
            try (ResultSet found = statement.executeQuery()) {
                return found.next() ? Optional.of(found.getString("kind")) : Optional.empty();
            }
        }
    }
}
