package org.lifeos.backup.worker.backup;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.DumpedDatabase;
import org.lifeos.backup.catalog.RolesFile;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.BackupRequest;
import org.lifeos.backup.job.BackupResult;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.JobHandler;
import org.lifeos.backup.worker.job.OutcomeUnknownException;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.PartialBackup;
import org.lifeos.backup.worker.storage.PartialBackup.HashedOutput;
import org.lifeos.backup.worker.storage.StorageFailure;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.target.Targets;
import org.lifeos.backup.worker.tool.Compressor;
import org.lifeos.backup.worker.tool.DumpTool;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.ToolProcess;

/** Takes a backup: preflight, dump, proof, publish. */
public final class BackupHandler implements JobHandler {
    private static final DumpPipeline.Patience PATIENCE =
            new DumpPipeline.Patience(Duration.ofMinutes(5), Duration.ofMinutes(5));

    private final Targets targets;
    private final BackupFolder folder;
    private final Catalogue catalogue;
    private final FollowUps followUps;
    private final JobQueue queue;
    private final InstantSource clock;
    private final ZoneId zone;

    public BackupHandler(
            Targets targets,
            BackupFolder folder,
            Catalogue catalogue,
            FollowUps followUps,
            JobQueue queue,
            InstantSource clock,
            ZoneId zone) {
        this.targets = targets;
        this.folder = folder;
        this.catalogue = catalogue;
        this.followUps = followUps;
        this.queue = queue;
        this.clock = clock;
        this.zone = zone;
    }

    @Override
    public JobType type() {
        return JobType.POSTGRES_BACKUP;
    }

    @Override
    public void run(Attempt attempt) throws OutcomeUnknownException {
        long begun = clock.millis();
        BackupRequest request = (BackupRequest) attempt.job().request();
        if (adopt(attempt)) {
            return;
        }
        Target target = targets.get(request.targetName());
        Preflight preflight = preflight(attempt, target);
        String file = reserveName(attempt, request);
        try (PartialBackup partial = folder.begin(file, attempt.lease())) {
            BackupManifest manifest =
                    dump(attempt, request, target, preflight, file, partial, begun);
            attempt.phase("publish", file);
            partial.describe(manifest);
            publish(attempt, manifest, partial);
        } catch (RuntimeException e) {
            // sessions are named by the job alone: those of an attempt that took over are not ours
            // to end
            if (attempt.stillHolds()) {
                new TargetServer(target).endSessionsOf(attempt.jobId());
            }
            throw e;
        }
    }

    /** Takes over what an earlier attempt published whole before it could say so. */
    private boolean adopt(Attempt attempt) throws OutcomeUnknownException {
        String file = attempt.job().file();
        if (file == null) {
            return false;
        }
        Optional<BackupManifest> published =
                folder.publishedBy(attempt.jobId(), file, attempt::checkpoint);
        if (published.isEmpty()) {
            attempt.whileHeld(() -> folder.removePublished(attempt.lease(), file));
            return false;
        }
        attempt.log("adopting %s, which an earlier attempt published".formatted(file));
        succeed(attempt, published.get(), () -> {});
        return true;
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
        RolesDump roles = saveRoles(attempt, target, preflight, partial);
        attempt.phase("dump", file);
        Instant snapshotAt = queue.now();
        HashedOutput output = partial.dump();
        Compressor compressor = Compressor.best();
        DumpSummary summary;
        try (ToolProcess pgDump = DumpTool.dump(attempt, preflight.tools(), target)) {
            summary = new DumpPipeline(attempt, pgDump, compressor, output, PATIENCE).run();
        }
        String sha256 = output.finish();
        Verification verification = verify(attempt, request.verify(), output, sha256);
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
                new DumpFile(file, output.sizeBytes(), sha256),
                new RolesFile(partial.rolesName(), roles.passwords()),
                new DumpedDatabase(
                        target.database(),
                        preflight.server().version(),
                        preflight.server().databaseBytes()),
                preflight.tools().version(),
                compressor.name(),
                snapshotAt,
                queue.now(),
                clock.millis() - begun,
                summary.tables().size(),
                summary.tables().stream().mapToLong(TableContent::rows).sum(),
                summary.tables(),
                summary.fingerprint(),
                verification);
    }

    private static RolesDump saveRoles(
            Attempt attempt, Target target, Preflight preflight, PartialBackup partial) {
        attempt.phase("roles", target.toString());
        RolesDump roles = RolesDump.take(attempt, preflight.tools(), target);
        HashedOutput output = partial.roles();
        try {
            output.stream().write(roles.sql());
        } catch (IOException e) {
            throw StorageFailure.of(output.path(), e);
        }
        output.finish();
        return roles;
    }

    private Verification verify(
            Attempt attempt, VerificationLevel level, HashedOutput output, String sha256) {
        if (level == VerificationLevel.NONE) {
            return null;
        }
        attempt.phase("verify", level.code());
        WrittenDump written = new WrittenDump(output.path(), attempt::checkpoint);
        written.require(level, sha256);
        attempt.checkpoint();
        return new Verification(level, Verification.Outcome.PASSED, queue.now());
    }

    private void publish(Attempt attempt, BackupManifest manifest, PartialBackup partial)
            throws OutcomeUnknownException {
        succeed(attempt, manifest, partial::publish);
    }

    private void succeed(Attempt attempt, BackupManifest manifest, Runnable makeVisible)
            throws OutcomeUnknownException {
        boolean[] visible = {false};
        try {
            attempt.succeed(session -> {
                makeVisible.run();
                visible[0] = true;
                catalogue.add(session, manifest);
                followUps.record(session, manifest);
                return BackupResult.of(manifest);
            });
        } catch (SqlFailure e) {
            if (visible[0] && e.isUnavailable()) {
                throw new OutcomeUnknownException(e);
            }
            throw e;
        }
    }

    @Override
    public boolean cleanUp(Attempt reaping) {
        String file = reaping.job().file();
        endSessions(reaping.job().job());
        reaping.whileHeld(() -> folder.removeUnfinished(reaping.lease(), file));
        return file != null
                && folder.publishedBy(reaping.jobId(), file, reaping::checkpoint).isPresent();
    }

    @Override
    public void cleanLeftovers(BiPredicate<UUID, Integer> mayBeAtWork) {
        folder.removePartials(mayBeAtWork.negate());
    }

    @Override
    public void discard(LeasedJob job) {
        folder.removeUnfinished(job.lease(), job.file());
        folder.removePublished(job.lease(), job.file());
    }

    private void endSessions(Job job) {
        Target target = targets.byName().get(job.target());
        if (target != null) {
            new TargetServer(target).endSessionsOf(job.id());
        }
    }
}
