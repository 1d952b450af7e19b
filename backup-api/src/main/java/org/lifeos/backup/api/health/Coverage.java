package org.lifeos.backup.api.health;

import static org.lifeos.backup.api.health.CoverageReport.State.NOT_ON_PURPOSE;
import static org.lifeos.backup.api.health.CoverageReport.State.PROTECTED;
import static org.lifeos.backup.api.health.CoverageReport.State.UNPROTECTED;
import static org.lifeos.backup.api.health.CoverageReport.State.UNPROVEN;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;

/** The strategy of life-os as a table, with what was measured of it. */
final class Coverage {
    private static final List<String> FOLDERS =
            List.of("output", "entity_previews", "presets", "data", "uploads", "backups/postgres");

    private static final String DUMP = "a dump each night, restored to try it";
    private static final String SYNC = "synced to another place, compared with it";
    private static final String MODELS = "a manifest; the models are downloaded again";
    private static final String PUSH = "pushed to a remote repository";

    private final World world;

    private Coverage(World world) {
        this.world = world;
    }

    static CoverageReport of(World world) {
        Coverage coverage = new Coverage(world);
        List<CoverageReport.Item> items = new ArrayList<>();
        world.targets().forEach(target -> items.add(coverage.database(target)));
        items.addAll(coverage.folders());
        items.add(coverage.models());
        items.add(coverage.code());
        items.add(onPurpose("redis", "It holds only what can be made again."));
        items.add(onPurpose("docker images", "They are pulled or built again."));
        items.add(
                onPurpose(
                        "the backup service's own database",
                        "Losing it loses history, never backups: a catalogue scan rebuilds the list from the disk."));
        return new CoverageReport(world.now().truncatedTo(ChronoUnit.MILLIS), items);
    }

    private static CoverageReport.Item onPurpose(String what, String why) {
        return new CoverageReport.Item(
                what, NOT_ON_PURPOSE, "not backed up, on purpose", null, null, why);
    }

    private CoverageReport.Item item(
            String what,
            CoverageReport.State state,
            String protection,
            Instant point,
            String detail) {
        Long age =
                point == null
                        ? null
                        : Math.max(0, Duration.between(point, world.now()).toSeconds());
        return new CoverageReport.Item(what, state, protection, point, age, detail);
    }

    private boolean isFresh(Instant point) {
        return Duration.between(point, world.now()).compareTo(world.settings().maxAge()) <= 0;
    }

    private CoverageReport.Item database(String target) {
        String what = "database " + target;
        Look<FolderSeen> folder = world.knownFolder();
        if (folder.seen().isEmpty()) {
            return item(what, UNPROVEN, DUMP, null, folder.problem().orElseThrow());
        }
        Optional<DumpSeen> newest = folder.seen().get().newestGood(target);
        if (newest.isEmpty()) {
            return item(what, UNPROTECTED, DUMP, null, "There is no good backup.");
        }
        DumpSeen.ManifestSeen manifest = newest.get().manifest();
        if (!isFresh(manifest.snapshotAt())) {
            return item(
                    what,
                    UNPROVEN,
                    DUMP,
                    manifest.snapshotAt(),
                    "%s is too old.".formatted(newest.get().name()));
        }
        return manifest.isProvenBy(VerificationLevel.RESTORE)
                ? item(
                        what,
                        PROTECTED,
                        DUMP,
                        manifest.snapshotAt(),
                        "%s was restored to try it.".formatted(newest.get().name()))
                : item(
                        what,
                        UNPROVEN,
                        DUMP,
                        manifest.snapshotAt(),
                        "Nobody has tried to restore %s.".formatted(newest.get().name()));
    }

    private Optional<ServiceSeen.LastEnd> last(JobType type) {
        return world.service()
                .seen()
                .flatMap(service -> service.lastEnd(type))
                .filter(end -> end.state() == JobState.SUCCEEDED && end.result() != null);
    }

    private List<CoverageReport.Item> folders() {
        Optional<ServiceSeen.LastEnd> check = last(JobType.FILES_CHECK);
        if (check.isEmpty()) {
            return FOLDERS.stream()
                    .map(folder ->
                            item(
                                    "folder " + folder,
                                    UNPROVEN,
                                    SYNC,
                                    null,
                                    "No files check has succeeded yet."))
                    .toList();
        }
        return StreamSupport.stream(check.get().result().path("folders").spliterator(), false)
                .map(folder -> folder(folder, check.get()))
                .toList();
    }

    private CoverageReport.Item folder(JsonNode folder, ServiceSeen.LastEnd check) {
        String what = "folder " + folder.path("folder").asText();
        JsonNode lag =
                folder.path("lagSeconds").isNumber()
                        ? folder.path("lagSeconds")
                        : check.result().path("mirror").path("lagSeconds");
        Instant point = lag.isNumber() ? check.at().minusSeconds(Math.max(0, lag.asLong())) : null;
        String state = folder.path("mirrorState").asText();
        return switch (state) {
            case "IN_SYNC", "LAGGING" ->
                    point != null && isFresh(point)
                            ? item(
                                    what,
                                    PROTECTED,
                                    SYNC,
                                    point,
                                    "The mirror is %s.".formatted(state))
                            : item(what, UNPROVEN, SYNC, point, "The last check is too old.");
            case "MISSING" -> item(what, UNPROTECTED, SYNC, null, "Files are not in the mirror.");
            default ->
                    item(
                            what,
                            UNPROVEN,
                            SYNC,
                            null,
                            "The mirror could not be compared: see GET /api/v1/files.");
        };
    }

    private CoverageReport.Item models() {
        String what = "Ollama models";
        if (world.manifestAt().seen().isEmpty()) {
            return item(what, UNPROVEN, MODELS, null, world.manifestAt().problem().orElseThrow());
        }
        Optional<Instant> written = world.manifestAt().seen().get();
        if (written.isEmpty()) {
            return item(what, UNPROTECTED, MODELS, null, "No manifest was ever written.");
        }
        Instant point = written.get().truncatedTo(ChronoUnit.MILLIS);
        return isFresh(point)
                ? item(what, PROTECTED, MODELS, point, "The manifest is fresh.")
                : item(what, UNPROVEN, MODELS, point, "The manifest is too old.");
    }

    private CoverageReport.Item code() {
        String what = "code";
        Optional<ServiceSeen.LastEnd> check = last(JobType.CODE_CHECK);
        if (check.isEmpty()) {
            return item(what, UNPROVEN, PUSH, null, "No code check has succeeded yet.");
        }
        Finding finding =
                CopyChecks.of(world).stream()
                        .filter(it -> it.id().equals("code"))
                        .findFirst()
                        .orElseThrow();
        boolean isPushed = check.get().result().path("pushed").asBoolean();
        if (finding.status() == HealthStatus.OK) {
            return item(what, PROTECTED, PUSH, check.get().at(), finding.summary());
        }
        boolean isKnown = check.get().result().path("pushed").isBoolean();
        return item(
                what, isKnown && !isPushed ? UNPROTECTED : UNPROVEN, PUSH, null, finding.summary());
    }
}
