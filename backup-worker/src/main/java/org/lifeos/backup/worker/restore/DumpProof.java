package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.ContentDifferences;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.Checksum;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.tool.PostgresTools;

/**
 * Puts a dump to the proof. Each level includes the ones below it ({@link VerificationLevel}).
 * Failures that say nothing about the dump, a server that cannot be reached for example, are
 * problems of their own.
 */
public final class DumpProof {
    private final Attempt attempt;
    private final Target target;
    private final StoredDump dump;
    private final Optional<BackupManifest> manifest;
    private final long largestScratchBytes;

    /**
     * @param target on whose server a trial restore is made
     * @param manifest what is known of the dump beside its file
     * @param largestScratchBytes no trial restore of a larger database
     */
    public DumpProof(
            Attempt attempt,
            Target target,
            StoredDump dump,
            Optional<BackupManifest> manifest,
            long largestScratchBytes) {
        this.attempt = attempt;
        this.target = target;
        this.dump = dump;
        this.manifest = manifest;
        this.largestScratchBytes = largestScratchBytes;
    }

    /**
     * @return how many tables were looked at
     * @throws DisprovedException when the dump does not hold up to the level
     * @throws ProblemException when that could not be found out, or the file is missing
     */
    public int require(VerificationLevel level) {
        return switch (level) {
            case NONE -> 0;
            case CHECKSUM -> checksum();
            case CONTENT -> {
                checksum();
                yield content();
            }
            case RESTORE -> {
                checksum();
                yield restore();
            }
        };
    }

    private int checksum() {
        attempt.phase("checksum", name());
        dump.requireFile();
        Optional<String> foreign = manifest.flatMap(dump::notDescribedBy);
        if (foreign.isPresent()) {
            throw disproved(VerificationLevel.CHECKSUM, foreign.get());
        }
        try {
            long size = Files.size(dump.path());
            if (size != dump.expected().sizeBytes()) {
                throw disproved(
                        VerificationLevel.CHECKSUM,
                        "has %,d bytes instead of %,d"
                                .formatted(size, dump.expected().sizeBytes()));
            }
            String found = Checksum.of(dump.path(), attempt::checkpoint);
            if (!found.equals(dump.expected().sha256())) {
                throw disproved(
                        VerificationLevel.CHECKSUM,
                        "has the SHA-256 %s instead of %s"
                                .formatted(found, dump.expected().sha256()));
            }
            return 0;
        } catch (IOException e) {
            throw disproved(VerificationLevel.CHECKSUM, "cannot be read: " + e.getMessage());
        }
    }

    private int content() {
        attempt.phase("content", name());
        DumpSummary summary = inspected();
        requireEqual(
                VerificationLevel.CONTENT,
                manifest.map(known -> ContentDifferences.between(known, summary, true))
                        .orElse(List.of()));
        return summary.tables().size();
    }

    private DumpSummary inspected() {
        try {
            return DumpInspection.strict(attempt, tools(), dump).summary();
        } catch (ProblemException e) {
            throw e.code() == ProblemCode.BACKUP_CORRUPT
                    ? new DisprovedException(VerificationLevel.CONTENT, List.of(e.detail()))
                    : e;
        }
    }

    /** Only an archive is read by tools; to a plain dump their version does not matter. */
    private PostgresTools tools() {
        return dump.format() == BackupFormat.CUSTOM
                ? PostgresTools.forArchive(
                        0, manifest.map(BackupManifest::dumpToolVersion).orElse(null))
                : PostgresTools.forServer(0);
    }

    private int restore() {
        requireScratchFits();
        SideDatabases sides = new SideDatabases(target, attempt.jobId());
        String side = SideDatabases.nameFor(attempt.lease());
        try (RestoredCopy copy = RestoredCopy.scratch(attempt, target, dump, manifest, side)) {
            copy.inspect();
            copy.fill();
            requireEqual(
                    VerificationLevel.CONTENT,
                    manifest.map(known -> ContentDifferences.between(known, copy.dumped(), true))
                            .orElse(List.of()));
            requireEqual(VerificationLevel.RESTORE, copy.differences());
            return copy.content().tables().size();
        } catch (ProblemException e) {
            throw switch (e.code()) {
                case BACKUP_CORRUPT, DUMP_NOT_RESTORABLE ->
                        new DisprovedException(VerificationLevel.CONTENT, List.of(e.detail()));
                case RESTORE_FAILED ->
                        new DisprovedException(VerificationLevel.RESTORE, List.of(e.detail()));
                default -> e;
            };
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
    }

    private void requireScratchFits() {
        long bytes =
                manifest.map(BackupManifest::database)
                        .map(database -> database.sizeBytes())
                        .orElse(0L);
        requireScratchFits(name(), bytes, largestScratchBytes);
    }

    /**
     * @throws ProblemException when a side database for a database of that size is not allowed
     */
    public static void requireScratchFits(String name, long databaseBytes, long largestBytes) {
        if (databaseBytes > largestBytes) {
            throw new ProblemException(
                    ProblemCode.SCRATCH_TOO_LARGE,
                    "The database of %s has %,d bytes, side databases may have %,d."
                            .formatted(name, databaseBytes, largestBytes));
        }
    }

    private static void requireEqual(VerificationLevel level, List<String> differences) {
        if (!differences.isEmpty()) {
            throw new DisprovedException(level, differences);
        }
    }

    private DisprovedException disproved(VerificationLevel level, String how) {
        return new DisprovedException(level, List.of(name() + " " + how));
    }

    private String name() {
        return dump.path().getFileName().toString();
    }
}
