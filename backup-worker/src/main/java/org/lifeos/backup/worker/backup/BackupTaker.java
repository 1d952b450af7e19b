package org.lifeos.backup.worker.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Optional;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.DumpedDatabase;
import org.lifeos.backup.catalog.RolesFile;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.BackupRequest;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.restore.DisprovedException;
import org.lifeos.backup.worker.restore.DumpInspection;
import org.lifeos.backup.worker.restore.DumpProof;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.PartialBackup;
import org.lifeos.backup.worker.storage.PartialBackup.HashedOutput;
import org.lifeos.backup.worker.storage.StorageFailure;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.tool.Compressor;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolProcess;

/** Takes a backup up to the moment before it becomes visible: preflight, roles, dump, proof. */
public final class BackupTaker {
    private static final DumpPipeline.Patience PATIENCE =
            new DumpPipeline.Patience(Duration.ofMinutes(5), Duration.ofMinutes(5));

    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final JobQueue queue;
    private final InstantSource clock;
    private final ZoneId zone;
    private final long largestScratchBytes;
    private final Pace pace;

    /**
     * @param zone in which file names tell the time
     * @param largestScratchBytes no trial restore of a larger database
     * @param dumpBytesPerSecond no plain dump is read faster; 0 for as fast as it can
     */
    public BackupTaker(
            BackupFolder folder,
            Catalogue catalogue,
            JobQueue queue,
            InstantSource clock,
            ZoneId zone,
            long largestScratchBytes,
            long dumpBytesPerSecond) {
        this.folder = folder;
        this.catalogue = catalogue;
        this.queue = queue;
        this.clock = clock;
        this.zone = zone;
        this.largestScratchBytes = largestScratchBytes;
        this.pace = new Pace(dumpBytesPerSecond);
    }

    /**
     * A backup that is written and not visible yet. Closing it removes what was not published.
     *
     * @param files to be published as the manifest says
     */
    public record Taken(BackupManifest manifest, PartialBackup files) implements AutoCloseable {
        @Override
        public void close() {
            files.close();
        }
    }

    /**
     * @throws ProblemException when any step failed; then nothing of it is left
     */
    public Taken take(Attempt attempt, BackupRequest request, Target target) {
        long begun = clock.millis();
        Preflight preflight = preflight(attempt, target);
        String file = reserveName(attempt, request);
        PartialBackup partial = folder.begin(file, attempt.lease());
        try {
            BackupManifest manifest =
                    dump(attempt, request, target, preflight, file, partial, begun);
            manifest = verify(attempt, target, request.verify(), partial, manifest);
            attempt.phase("publish", file);
            partial.describe(manifest);
            return new Taken(manifest, partial);
        } catch (RuntimeException e) {
            partial.close();
            // sessions are named by the job alone: those of an attempt that took over are not ours
            // to end
            if (attempt.stillHolds()) {
                new TargetServer(target).endSessionsOf(attempt.jobId());
            }
            throw e;
        }
    }

    /** What is known before the dump begins. */
    private record Preflight(TargetServer.Facts server, PostgresTools tools) {}

    private Preflight preflight(Attempt attempt, Target target) {
        attempt.phase("preflight", target.toString());
        folder.prepare();
        folder.requireSpace(catalogue.newestSizeBytes(target.name()).orElse(0L));
        TargetServer.Facts server = new TargetServer(target).facts(attempt.jobId());
        attempt.checkpoint();
        return new Preflight(server, PostgresTools.forServer(server.major()));
    }

    /** The first attempt fixes the name; a later one keeps it unless somebody else took it. */
    private String reserveName(Attempt attempt, BackupRequest request) {
        String reserved = attempt.job().file();
        if (reserved != null && !folder.isTaken(reserved)) {
            return reserved;
        }
        Instant now = queue.now();
        for (int nr = 1; ; nr++) {
            String name = DumpName.of(request, now, zone, nr);
            if (!folder.isTaken(name) && !catalogue.knows(name) && attempt.reserve(name)) {
                return name;
            }
        }
    }

    private BackupManifest dump(
            Attempt attempt,
            BackupRequest request,
            Target target,
            Preflight preflight,
            String file,
            PartialBackup partial,
            long begun) {
        RolesFile roles = saveRoles(attempt, target, preflight, partial);
        attempt.phase("dump", file);
        Instant snapshotAt = queue.now();
        Written written =
                switch (request.format()) {
                    case PLAIN -> plain(attempt, preflight.tools(), target, file, partial);
                    case CUSTOM -> archive(attempt, preflight.tools(), target, partial);
                };
        DumpSummary summary = written.summary();
        return new BackupManifest(
                BackupManifest.VERSION,
                UuidV7.next(clock),
                attempt.jobId(),
                attempt.lease().attempt(),
                target.name(),
                request.kind(),
                request.label(),
                request.reason(),
                attempt.job().job().requestedBy(),
                request.format(),
                request.pinned(),
                written.file(),
                roles,
                new DumpedDatabase(
                        target.database(),
                        preflight.server().version(),
                        preflight.server().databaseBytes()),
                preflight.tools().version(),
                written.compressor(),
                snapshotAt,
                queue.now(),
                clock.millis() - begun,
                summary.tables().size(),
                summary.tables().stream().mapToLong(TableContent::rows).sum(),
                summary.tables(),
                summary.fingerprint(),
                summary.roles().stream().sorted().toList(),
                null);
    }

    /** A dump on the disk, and what it holds. */
    private record Written(DumpFile file, DumpSummary summary, String compressor) {}

    private Written plain(
            Attempt attempt,
            PostgresTools tools,
            Target target,
            String file,
            PartialBackup partial) {
        HashedOutput output = partial.dump();
        Compressor compressor = Compressor.best();
        DumpSummary summary;
        try (ToolProcess pgDump = DumpTool.dump(attempt, tools, target)) {
            summary = new DumpPipeline(attempt, pgDump, compressor, output, PATIENCE, pace).run();
        }
        String sha256 = output.finish();
        return new Written(
                new DumpFile(file, output.sizeBytes(), sha256), summary, compressor.name());
    }

    /** What an archive holds is read off the archive itself, after it was written. */
    private static Written archive(
            Attempt attempt, PostgresTools tools, Target target, PartialBackup partial) {
        Path path = partial.dumpByTool();
        try (ToolProcess pgDump = DumpTool.archive(attempt, tools, target, path)) {
            new ArchiveDump(attempt, pgDump, path, PATIENCE.silence()).run();
        }
        attempt.phase("read", path.getFileName().toString());
        DumpFile file = partial.written(path, attempt::checkpoint);
        return new Written(file, readable(attempt, tools, partial.stored(file)), "pg_dump");
    }

    /** A disk that fills up with the last bytes may make pg_dump end with 0 nevertheless. */
    private static DumpSummary readable(Attempt attempt, PostgresTools tools, StoredDump dump) {
        try {
            return DumpInspection.strict(attempt, tools, dump).summary();
        } catch (ProblemException e) {
            throw e.code() == ProblemCode.BACKUP_CORRUPT
                    ? StorageFailure.of(dump.path(), new IOException(e.detail(), e))
                    : e;
        }
    }

    private static RolesFile saveRoles(
            Attempt attempt, Target target, Preflight preflight, PartialBackup partial) {
        attempt.phase("roles", target.toString());
        RolesDump roles = RolesDump.take(attempt, preflight.tools(), target);
        HashedOutput output = partial.roles();
        try {
            output.stream().write(roles.sql());
        } catch (IOException e) {
            throw StorageFailure.of(output.path(), e);
        }
        return new RolesFile(partial.rolesName(), roles.passwords(), output.finish());
    }

    /** A dump that does not hold up to its proof is not published. */
    private BackupManifest verify(
            Attempt attempt,
            Target target,
            VerificationLevel level,
            PartialBackup partial,
            BackupManifest manifest) {
        if (level == VerificationLevel.NONE) {
            return manifest;
        }
        try {
            new DumpProof(
                            attempt,
                            target,
                            partial.stored(manifest.file()),
                            Optional.of(manifest),
                            largestScratchBytes)
                    .require(level);
        } catch (DisprovedException e) {
            throw e.problem(ProblemCode.BACKUP_CORRUPT);
        }
        return manifest.verified(new Verification(level, Verification.Outcome.PASSED, queue.now()));
    }
}
