package org.lifeos.backup.worker.restore;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.RoleScript;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.RestoreTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * A dump brought back into a side database of the target's server, and compared with what the dump
 * holds.
 */
final class RestoredCopy {
    private static final int NAMED_DIFFERENCES = 10;

    private final Attempt attempt;
    private final Target target;
    private final StoredDump dump;
    private final String side;
    private final List<String> errors = new ArrayList<>();
    private List<String> createdRoles = List.of();
    private DumpSummary content;
    private boolean equal;

    /**
     * @param side the side database's name
     */
    RestoredCopy(Attempt attempt, Target target, StoredDump dump, String side) {
        this.attempt = attempt;
        this.target = target;
        this.dump = dump;
        this.side = side;
    }

    /**
     * Makes the side database and fills it. The caller removes it, whatever comes of this.
     *
     * @param tolerant whether what fails is listed in {@link #errors} instead of ending it
     * @throws ProblemException when the dump is damaged, a statement failed, or what came back is
     *     not what the dump holds
     */
    RestoredCopy fill(boolean tolerant) throws SQLException {
        TargetServer.Facts server = new TargetServer(target).serverFacts(attempt.jobId());
        PostgresTools tools = PostgresTools.forServer(server.major());
        requireRestrictable(tools);
        attempt.phase("check", dump.path().getFileName().toString());
        DumpInspection inspection =
                tolerant
                        ? DumpInspection.tolerant(attempt, dump)
                        : DumpInspection.strict(attempt, dump);
        attempt.phase("roles", target.toString());
        RoleScript saved = RoleScript.parse(dump.rolesSql().orElse(""));
        createdRoles = new MissingRoles(attempt, target, saved).create(inspection.roles());
        attempt.phase("restore", side);
        new SideDatabases(target, attempt.jobId()).create(side);
        Target database = target.inDatabase(side);
        PlainRestore restore = new PlainRestore(attempt, tools, server.major(), dump, database);
        if (tolerant) {
            restore.tolerant().entries().stream().map(attempt::redact).forEach(errors::add);
        } else {
            restore.strict();
        }
        analyze(tools, database);
        attempt.phase("compare", side);
        content = ReadBack.of(attempt, tools, database);
        compare(inspection.summary(), tolerant);
        return this;
    }

    private static void requireRestrictable(PostgresTools tools) {
        if (!tools.canRestrict()) {
            throw new ProblemException(
                    ProblemCode.TOOL_TOO_OLD,
                    "psql %s in %s knows no \\restrict, which keeps a dump from running commands on the worker."
                            .formatted(tools.version(), tools.folder()));
        }
    }

    /** Without statistics the first queries on the new database would be slow ones. */
    private void analyze(PostgresTools tools, Target database) {
        attempt.phase("analyze", side);
        try (ToolProcess psql = RestoreTool.statement(attempt, tools, database, "ANALYZE")) {
            int exitCode = psql.await();
            attempt.checkpoint();
            if (exitCode != 0) {
                attempt.log("ANALYZE failed; the server will make up for it");
            }
        }
    }

    private void compare(DumpSummary expected, boolean tolerant) {
        List<String> differences = differences(expected);
        equal = differences.isEmpty() && errors.isEmpty();
        differences.forEach(attempt::log);
        if (tolerant) {
            errors.addAll(differences);
        } else if (!differences.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.RESTORE_DIFFERS,
                    "%d differences: %s."
                            .formatted(
                                    differences.size(),
                                    String.join(
                                            "; ",
                                            differences.subList(
                                                    0,
                                                    Math.min(
                                                            NAMED_DIFFERENCES,
                                                            differences.size())))));
        }
    }

    private List<String> differences(DumpSummary expected) {
        List<String> differences = new ArrayList<>();
        Map<String, Long> found = new TreeMap<>();
        content.tables().forEach(table -> found.put(table.table(), table.rows()));
        for (TableContent table : expected.tables()) {
            Long rows = found.remove(table.table());
            if (rows == null) {
                differences.add("%s is missing".formatted(table.table()));
            } else if (rows != table.rows()) {
                differences.add(
                        "%s: %d rows instead of %d".formatted(table.table(), rows, table.rows()));
            }
        }
        found.keySet()
                .forEach(table -> differences.add("%s is not in the backup".formatted(table)));
        return differences;
    }

    /** What the side database holds. */
    DumpSummary content() {
        return content;
    }

    /** Whether that is what the dump holds. */
    boolean isEqual() {
        return equal;
    }

    List<String> createdRoles() {
        return createdRoles;
    }

    /** What failed and was tolerated. */
    List<String> errors() {
        return List.copyOf(errors);
    }
}
