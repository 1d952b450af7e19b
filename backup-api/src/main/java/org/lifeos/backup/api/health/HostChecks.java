package org.lifeos.backup.api.health;

import static org.lifeos.backup.api.health.HealthStatus.CRITICAL;
import static org.lifeos.backup.api.health.HealthStatus.WARNING;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;

/** What the disk of LIFEOS_HOME says besides its backups. */
final class HostChecks {
    /** What a backup wants to be free: twice the last dump, and no less than this. */
    private static final long LEAST_FREE_BYTES = 64L << 20;

    /** So many nights ahead are room enough. */
    private static final int NIGHTS = 3;

    private HostChecks() {}

    static List<Finding> of(World world) {
        return List.of(disk(world), manifest(world));
    }

    private static Finding disk(World world) {
        String id = "disk-space";
        if (world.folder().seen().isEmpty()) {
            return Finding.notMade(
                    id,
                    CRITICAL,
                    world.folder().problem().orElseThrow(),
                    "Check that the disk of LIFEOS_HOME is mounted.");
        }
        FolderSeen folder = world.folder().seen().get();
        long needed = world.targets().stream().mapToLong(target -> needed(folder, target)).sum();
        String observed = Amounts.bytes(folder.freeBytes()) + " free";
        String threshold =
                "at least %s for the next dumps, %s for %d nights"
                        .formatted(Amounts.bytes(needed), Amounts.bytes(NIGHTS * needed), NIGHTS);
        String hint =
                "Make room on the disk of LIFEOS_HOME, or lower BACKUP_RETENTION_KEEP_DAYS. The oldest backups are the last of GET /api/v1/backups.";
        if (folder.freeBytes() < needed) {
            return Finding.critical(
                    id, "The disk has no room for the next backup.", observed, threshold, hint);
        }
        if (folder.freeBytes() < NIGHTS * needed) {
            return Finding.warning(id, "The disk will soon be full.", observed, threshold, hint);
        }
        return Finding.ok(id, "The disk has room for the next backups.", observed, threshold);
    }

    private static long needed(FolderSeen folder, String target) {
        return Math.max(
                LEAST_FREE_BYTES,
                folder.newestGood(target).map(dump -> 2 * dump.sizeBytes()).orElse(0L));
    }

    private static Finding manifest(World world) {
        String id = "ollama-manifest";
        String threshold = "at most " + Amounts.time(world.settings().maxAge());
        String hint = "POST /api/v1/ollama/manifests, or save_ollama_manifest.sh.";
        if (world.manifestAt().seen().isEmpty()) {
            return Finding.notMade(
                    id,
                    WARNING,
                    world.manifestAt().problem().orElseThrow(),
                    "Check that the API may read LIFEOS_HOME/data.");
        }
        Optional<ServiceSeen.LastEnd> failed =
                world.service()
                        .seen()
                        .flatMap(service -> service.lastEnd(JobType.OLLAMA_MANIFEST))
                        .filter(end -> end.state() == JobState.FAILED);
        Optional<Instant> written = world.manifestAt().seen().get();
        String why = failed.map(end -> " The last job failed: " + end.code() + ".").orElse("");
        if (written.isEmpty()) {
            return Finding.warning(
                    id,
                    "No manifest of the Ollama models was ever written." + why,
                    "none",
                    threshold,
                    hint);
        }
        String observed = Amounts.since(written.get(), world.now());
        if (Duration.between(written.get(), world.now()).compareTo(world.settings().maxAge()) > 0) {
            return Finding.warning(
                    id,
                    "The manifest of the Ollama models is %s old.%s".formatted(observed, why),
                    observed,
                    threshold,
                    hint);
        }
        return Finding.ok(id, "The Ollama models are written down.", observed, threshold);
    }
}
