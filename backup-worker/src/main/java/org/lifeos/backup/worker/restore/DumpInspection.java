package org.lifeos.backup.worker.restore;

import java.io.IOException;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.ClusterStatements;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.dump.RoleReferences;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.Checksum;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.tool.DumpStyle;
import org.lifeos.backup.worker.tool.PostgresTools;

/**
 * A dump read once from front to end before any of it is restored: damage is found while the server
 * is still untouched.
 *
 * @param summary what it holds
 * @param style in which it is written, as far as it tells
 */
public record DumpInspection(DumpSummary summary, DumpStyle style) {
    private static final int BUFFER = 1 << 18;

    /**
     * @throws ProblemException when the file is missing, is not the one of its manifest, or is no
     *     whole dump
     */
    public static DumpInspection strict(Attempt attempt, PostgresTools tools, StoredDump dump) {
        return read(attempt, tools, dump, true);
    }

    /**
     * Looks whether a dump that was inspected before still has the bytes that it had then.
     *
     * @throws ProblemException when the file is missing, or another
     */
    static void requireUnchanged(Attempt attempt, StoredDump dump) {
        dump.requireFile();
        try {
            dump.requireHash(Checksum.of(dump.path(), attempt::checkpoint));
        } catch (IOException e) {
            attempt.checkpoint();
            throw dump.corrupt("cannot be read: " + e.getMessage());
        }
    }

    /** As far as the dump can be read; damage is logged. */
    static DumpInspection tolerant(Attempt attempt, PostgresTools tools, StoredDump dump) {
        return read(attempt, tools, dump, false);
    }

    private static DumpInspection read(
            Attempt attempt, PostgresTools tools, StoredDump dump, boolean strict) {
        ClusterStatements clusterStatements = new ClusterStatements();
        PlainDumpReader reader = new PlainDumpReader(new RoleReferences(), clusterStatements);
        try {
            requireUnchangedArchive(attempt, dump, strict);
            pump(attempt, tools, dump, reader);
            requireComplete(dump, reader.finish());
        } catch (IOException e) {
            // a tool that is ended takes its output with it, which says nothing about the dump
            attempt.checkpoint();
            unless(strict, attempt, dump.corrupt("cannot be read: " + e.getMessage()));
        } catch (ProblemException e) {
            unless(strict, attempt, e);
        }
        requireNone(clusterStatements, dump);
        DumpStyle style =
                new DumpStyle(
                        reader.clientEncoding(), reader.ownersNamed(), DumpStyle.OWN.byteaOutput());
        return new DumpInspection(reader.finish(), style);
    }

    /** Not even where damage is tolerated: a restore changes a copy, never the server. */
    private static void requireNone(ClusterStatements clusterStatements, StoredDump dump) {
        clusterStatements
                .first()
                .ifPresent(statement -> {
                    throw new ProblemException(
                            ProblemCode.DUMP_NOT_RESTORABLE,
                            "%s holds a %s, which reaches beyond its database and which pg_dump does not write."
                                    .formatted(dump.path().getFileName(), statement));
                });
    }

    /**
     * An archive is read here and there, so that its hash is not to be had on the way. Damage that
     * is tolerated does not keep the rest from being read.
     */
    private static void requireUnchangedArchive(Attempt attempt, StoredDump dump, boolean strict)
            throws IOException {
        if (dump.format() == BackupFormat.CUSTOM) {
            dump.requireFile();
            try {
                dump.requireHash(Checksum.of(dump.path(), attempt::checkpoint));
            } catch (ProblemException e) {
                unless(strict, attempt, e);
            }
        }
    }

    private static void pump(
            Attempt attempt, PostgresTools tools, StoredDump dump, PlainDumpReader reader)
            throws IOException {
        try (DumpText text = DumpText.open(attempt, tools, dump)) {
            byte[] buffer = new byte[BUFFER];
            int length;
            while ((length = text.read(buffer)) >= 0) {
                attempt.checkpoint();
                reader.accept(buffer, 0, length);
                attempt.progress(text.progress("check"));
            }
            text.requireGoodEnd();
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
