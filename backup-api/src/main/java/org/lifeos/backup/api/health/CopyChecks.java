package org.lifeos.backup.api.health;

import static org.lifeos.backup.api.health.HealthStatus.WARNING;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;

/**
 * Whether files and code are somewhere else too, as a worker last saw it: the mirror and the remote
 * are out of the API's sight. What was seen too long ago proves nothing any more.
 */
final class CopyChecks {
    /** What LAGGING means: all differences are younger. */
    private static final Duration USUAL_LAG = Duration.ofMinutes(15);

    /** Past its due time, a run has so long to end. */
    private static final Duration PATIENCE = Duration.ofHours(1);

    private static final Duration DAY = Duration.ofDays(1);
    private static final int NAMED = 3;

    private CopyChecks() {}

    static List<Finding> of(World world) {
        return List.of(mirror(world), code(world));
    }

    private static Finding mirror(World world) {
        String id = "mirror";
        String hint = "POST /api/v1/files/checks, and see GET /api/v1/files for the differences.";
        return judged(
                world,
                id,
                JobType.FILES_CHECK,
                hint,
                (result, age) -> mirror(world, id, result, age));
    }

    private static Finding mirror(World world, String id, JsonNode result, String age) {
        JsonNode mirror = result.path("mirror");
        JsonNode lag = mirror.path("lagSeconds");
        String threshold = "at most " + Amounts.time(USUAL_LAG) + " behind";
        String observed =
                lag.isNumber()
                        ? Amounts.time(Duration.ofSeconds(lag.asLong())) + " behind"
                        : "unproven";
        if (mirror.path("path").asText("").isEmpty() || mirror.path("path").isNull()) {
            return Finding.warning(
                    id,
                    "UNPROVEN: no mirror is configured, so nobody knows whether the files are anywhere else.",
                    "no mirror",
                    threshold,
                    "Set SYNC_MIRROR_DIR of the worker to a folder where the synced copy can be seen.");
        }
        String unproven = folders(result, "UNPROVEN");
        String missing = folders(result, "MISSING");
        if (lag.isNumber()
                && Duration.ofSeconds(lag.asLong()).compareTo(world.settings().maxAge()) > 0) {
            return Finding.critical(
                    id,
                    "The mirror has stood still for %s."
                            .formatted(Amounts.time(Duration.ofSeconds(lag.asLong()))),
                    observed,
                    threshold,
                    "Look at Synology Drive: is it running, signed in, and is there room on the NAS?");
        }
        if (!missing.isEmpty()) {
            return Finding.warning(
                    id,
                    "Files are not in the mirror: " + missing + ".",
                    observed,
                    threshold,
                    "See GET /api/v1/files for the differences, then look at Synology Drive.");
        }
        if (!unproven.isEmpty() || !lag.isNumber()) {
            return Finding.warning(
                    id,
                    "UNPROVEN: the mirror could not be compared%s."
                            .formatted(unproven.isEmpty() ? "" : ": " + unproven),
                    observed,
                    threshold,
                    "Check that the worker sees SYNC_MIRROR_DIR, and that it is not LIFEOS_HOME itself.");
        }
        if (Duration.ofSeconds(lag.asLong()).compareTo(USUAL_LAG) > 0) {
            return Finding.warning(
                    id,
                    "The mirror is %s.".formatted(observed),
                    observed,
                    threshold,
                    "Look at Synology Drive: is it running, signed in, and is there room on the NAS?");
        }
        return Finding.ok(
                id,
                "The mirror holds the files, as of %s ago.".formatted(age),
                observed,
                threshold);
    }

    private static String folders(JsonNode result, String state) {
        return StreamSupport.stream(result.path("folders").spliterator(), false)
                .filter(folder -> folder.path("mirrorState").asText().equals(state))
                .map(folder -> folder.path("folder").asText())
                .collect(Collectors.joining(", "));
    }

    private static Finding code(World world) {
        String id = "code";
        String hint = "POST /api/v1/code/checks, and see GET /api/v1/code.";
        return judged(world, id, JobType.CODE_CHECK, hint, (result, age) -> code(id, result, age));
    }

    private static Finding code(String id, JsonNode result, String age) {
        String threshold = "everything committed and pushed";
        List<String> open = new ArrayList<>();
        count(open, dirtyFiles(result), "uncommitted files");
        count(open, result.path("stashes").asInt(), "stashes");
        count(open, result.path("ahead").asInt(), "unpushed commits");
        StreamSupport.stream(result.path("problems").spliterator(), false)
                .limit(NAMED)
                .map(problem -> problem.asText().replaceFirst("[.]$", ""))
                .forEach(open::add);
        boolean pushed = result.path("pushed").isBoolean() && result.path("pushed").asBoolean();
        if (!pushed && result.path("pushed").isBoolean() && open.isEmpty()) {
            open.add("not pushed");
        }
        if (pushed && open.isEmpty()) {
            return Finding.ok(
                    id,
                    "Everything is committed and pushed, as of %s ago.".formatted(age),
                    "pushed",
                    threshold);
        }
        String observed = open.isEmpty() ? "not known" : String.join(", ", open);
        String summary =
                result.path("pushed").isBoolean()
                        ? "Work is on this machine alone: " + observed + "."
                        : "UNPROVEN: whether the work is pushed is not known: " + observed + ".";
        return Finding.warning(
                id, summary, observed, threshold, "See GET /api/v1/code, then commit and push.");
    }

    /** The list holds the first of them alone. */
    private static int dirtyFiles(JsonNode result) {
        return Math.max(result.path("dirtyFileCount").asInt(), result.path("dirtyFiles").size());
    }

    private static void count(List<String> open, int count, String what) {
        if (count > 0) {
            open.add(count + " " + what);
        }
    }

    /** Judges what a worker found. */
    private interface Judge {
        Finding of(JsonNode result, String age);
    }

    /** The worst of what the last check found, and of how long ago that was. */
    private static Finding judged(World world, String id, JobType type, String hint, Judge judge) {
        if (world.service().seen().isEmpty()) {
            return Finding.notMade(
                    id,
                    WARNING,
                    world.service().problem().orElseThrow(),
                    ServiceChecks.LOOK_AT_DATABASE);
        }
        ServiceSeen service = world.service().seen().get();
        Optional<ServiceSeen.LastEnd> last = service.lastEnd(type);
        Duration longest = longest(service, type);
        String threshold = "a check every " + Amounts.time(longest);
        if (last.isEmpty()) {
            return Finding.warning(
                    id,
                    "UNPROVEN: no job of type %s has run yet.".formatted(type.code()),
                    "never",
                    threshold,
                    hint);
        }
        if (last.get().state() == JobState.FAILED || last.get().result() == null) {
            return Finding.warning(
                    id,
                    "UNPROVEN: the last job of type %s failed: %s."
                            .formatted(type.code(), last.get().code()),
                    "failed",
                    threshold,
                    hint);
        }
        Instant at = last.get().at();
        String age = Amounts.since(at, service.now());
        Finding found = judge.of(last.get().result(), age);
        if (found.status() == HealthStatus.OK
                && Duration.between(at, service.now()).compareTo(longest) > 0) {
            return Finding.warning(
                    id,
                    "UNPROVEN: the last job of type %s ended %s ago.".formatted(type.code(), age),
                    age,
                    threshold,
                    hint);
        }
        return found;
    }

    /** Twice what its most frequent schedule expects, so that one late run is no alarm. */
    private static Duration longest(ServiceSeen service, JobType type) {
        return service.schedules().stream()
                .filter(schedule -> schedule.type().equals(type.code()))
                .flatMap(schedule -> schedule.expectedInterval().stream())
                .min(Comparator.naturalOrder())
                .map(interval -> interval.multipliedBy(2).plus(PATIENCE))
                .orElse(DAY.plus(PATIENCE.multipliedBy(2)));
    }
}
