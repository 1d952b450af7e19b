package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.dump.RoleReferences;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.storage.StoredSql;

/**
 * A plain dump read once from front to end before any of it is restored: damage is found while the
 * server is still untouched.
 *
 * @param summary what it holds
 * @param roles which roles it needs
 * @param encoding of its text, if it tells
 */
record DumpInspection(DumpSummary summary, Set<String> roles, Optional<String> encoding) {
    private static final int BUFFER = 1 << 18;

    /**
     * @throws ProblemException when the file is missing, is not the one of its manifest, or is no
     *     whole dump
     */
    static DumpInspection strict(Attempt attempt, StoredDump dump) {
        return read(attempt, dump, true);
    }

    /** As far as the dump can be read; damage is logged. */
    static DumpInspection tolerant(Attempt attempt, StoredDump dump) {
        return read(attempt, dump, false);
    }

    private static DumpInspection read(Attempt attempt, StoredDump dump, boolean strict) {
        RoleReferences roles = new RoleReferences();
        PlainDumpReader reader = new PlainDumpReader(roles);
        try (StoredSql sql = dump.open()) {
            byte[] buffer = new byte[BUFFER];
            int length;
            while ((length = sql.read(buffer)) >= 0) {
                attempt.checkpoint();
                reader.accept(buffer, 0, length);
                attempt.progress(
                        Progress.of(
                                "check",
                                "%,d bytes of the file read".formatted(sql.fileBytesRead())));
            }
            requireHash(dump, sql.sha256());
            requireComplete(dump, reader.finish());
        } catch (IOException e) {
            unless(strict, attempt, dump.corrupt("cannot be read: " + e.getMessage()));
        } catch (ProblemException e) {
            unless(strict, attempt, e);
        }
        return new DumpInspection(reader.finish(), roles.names(), reader.clientEncoding());
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
