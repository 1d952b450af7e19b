package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.dump.RoleReferences;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.Checksum;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.storage.StoredSql;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.RestoreTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * A dump read once from front to end before any of it is restored: damage is found while the server
 * is still untouched.
 *
 * @param summary what it holds
 * @param roles which roles it needs
 * @param encoding of its text, if it tells
 */
public record DumpInspection(DumpSummary summary, Set<String> roles, Optional<String> encoding) {
    private static final int BUFFER = 1 << 18;

    /**
     * @throws ProblemException when the file is missing, is not the one of its manifest, or is no
     *     whole dump
     */
    public static DumpInspection strict(Attempt attempt, PostgresTools tools, StoredDump dump) {
        return read(attempt, tools, dump, true);
    }

    /** As far as the dump can be read; damage is logged. */
    static DumpInspection tolerant(Attempt attempt, PostgresTools tools, StoredDump dump) {
        return read(attempt, tools, dump, false);
    }

    private static DumpInspection read(
            Attempt attempt, PostgresTools tools, StoredDump dump, boolean strict) {
        RoleReferences roles = new RoleReferences();
        PlainDumpReader reader = new PlainDumpReader(roles);
        try {
            switch (dump.format()) {
                case PLAIN -> readScript(attempt, dump, reader);
                case CUSTOM -> readArchive(attempt, tools, dump, reader);
            }
            requireComplete(dump, reader.finish());
        } catch (IOException e) {
            unless(strict, attempt, dump.corrupt("cannot be read: " + e.getMessage()));
        } catch (ProblemException e) {
            unless(strict, attempt, e);
        }
        return new DumpInspection(reader.finish(), roles.names(), reader.clientEncoding());
    }

    private static void readScript(Attempt attempt, StoredDump dump, PlainDumpReader reader)
            throws IOException {
        try (StoredSql sql = dump.open()) {
            pump(attempt, sql, reader, sql::fileBytesRead);
            requireHash(dump, sql.sha256());
        }
    }

    private static void readArchive(
            Attempt attempt, PostgresTools tools, StoredDump dump, PlainDumpReader reader)
            throws IOException {
        dump.requireFile();
        requireHash(dump, Checksum.of(dump.path(), attempt::checkpoint));
        try (ToolProcess restore = RestoreTool.script(attempt, tools, dump.path())) {
            pump(attempt, restore.output(), reader, () -> dump.expected().sizeBytes());
            int exitCode = restore.await();
            attempt.checkpoint();
            if (exitCode != 0) {
                throw dump.corrupt("cannot be read by pg_restore: " + restore.lastWords());
            }
        }
    }

    private static void pump(
            Attempt attempt, InputStream sql, PlainDumpReader reader, LongSupplier fileBytesRead)
            throws IOException {
        byte[] buffer = new byte[BUFFER];
        int length;
        while ((length = sql.read(buffer)) >= 0) {
            attempt.checkpoint();
            reader.accept(buffer, 0, length);
            attempt.progress(
                    Progress.of(
                            "check",
                            "%,d bytes of the file read".formatted(fileBytesRead.getAsLong())));
        }
    }

    private static void requireHash(StoredDump dump, String sha256) {
        if (!sha256.equals(dump.expected().sha256())) {
            throw dump.corrupt(
                    "has the SHA-256 %s instead of %s".formatted(sha256, dump.expected().sha256()));
        }
    }

    private static void requireComplete(StoredDump dump, DumpSummary summary) {
        if (!summary.complete()) {
            throw dump.corrupt("is incomplete: " + summary.incompleteReason().orElseThrow());
        }
    }

    private static void unless(boolean strict, Attempt attempt, ProblemException damage) {
        if (strict) {
            throw damage;
        }
        attempt.log("tolerated: " + damage.detail());
    }
}
