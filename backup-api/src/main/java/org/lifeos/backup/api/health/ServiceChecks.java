package org.lifeos.backup.api.health;

import static org.lifeos.backup.api.health.HealthStatus.WARNING;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.api.schedule.ScheduleWatch;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.target.TargetNames;

/** Whether the service itself works: its database, workers, jobs, schedules and notices. */
final class ServiceChecks {
    static final String LOOK_AT_DATABASE =
            "Check that backup-db runs and that BACKUP_DB_* are right.";

    private static final Duration QUEUED_AT_MOST = Duration.ofMinutes(30);
    private static final Duration RUNNING_AT_MOST = Duration.ofHours(12);
    private static final Duration SEEN_WITHIN = Duration.ofMinutes(5);
    private static final Duration ON_ITS_WAY_AT_MOST = Duration.ofMinutes(15);

    private ServiceChecks() {}

    static List<Finding> of(World world) {
        if (world.service().seen().isEmpty()) {
            return unreachable(world.service().problem().orElseThrow());
        }
        ServiceSeen service = world.service().seen().get();
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("service-database", "It answers.", "answers", "answers"));
        findings.add(workers(service));
        findings.add(jobs(service));
        world.targets().forEach(target -> findings.add(target(service, target)));
        world.targets().forEach(target -> findings.add(scheduled(service, target)));
        service.schedules().forEach(schedule -> findings.add(schedule(schedule, service.now())));
        findings.add(alerts(world, service));
        return findings;
    }

    private static List<Finding> unreachable(String problem) {
        List<Finding> findings = new ArrayList<>();
        findings.add(
                Finding.critical(
                        "service-database",
                        "The service's own database does not answer: " + problem,
                        "no answer",
                        "answers",
                        LOOK_AT_DATABASE));
        for (String id : List.of("workers", "jobs", "schedules", "alerts")) {
            findings.add(Finding.notMade(id, WARNING, problem, LOOK_AT_DATABASE));
        }
        return findings;
    }

    private static Finding workers(ServiceSeen service) {
        ServiceSeen.Workers workers = service.workers();
        String observed = "%d alive, %d known".formatted(workers.alive(), workers.known());
        return workers.alive() > 0
                ? Finding.ok("workers", "A worker is alive.", observed, "at least 1 alive")
                : Finding.critical(
                        "workers",
                        "No worker is alive: nothing is backed up.",
                        observed,
                        "at least 1 alive",
                        "Start backup-worker, or look into its log for why it ended.");
    }

    private static Finding jobs(ServiceSeen service) {
        ServiceSeen.Queue queue = service.queue();
        String observed = "%d waiting, %d running".formatted(queue.queued(), queue.running());
        String threshold =
                "waiting at most %s, running at most %s"
                        .formatted(Amounts.time(QUEUED_AT_MOST), Amounts.time(RUNNING_AT_MOST));
        String hint =
                "See GET /api/v1/jobs?state=RUNNING and ?state=QUEUED; cancel what hangs, or start another worker.";
        if (queue.abandoned() > 0) {
            return Finding.critical(
                    "jobs",
                    "Jobs lost their worker and nobody takes them over: %d."
                            .formatted(queue.abandoned()),
                    observed,
                    threshold,
                    "Start backup-worker: any worker takes them over.");
        }
        if (isLonger(queue.oldestQueuedAt(), service.now(), QUEUED_AT_MOST)) {
            return Finding.warning(
                    "jobs",
                    "A job has been waiting for %s."
                            .formatted(Amounts.since(queue.oldestQueuedAt(), service.now())),
                    observed,
                    threshold,
                    hint);
        }
        if (isLonger(queue.oldestRunningAt(), service.now(), RUNNING_AT_MOST)) {
            return Finding.warning(
                    "jobs",
                    "A job has been running for %s."
                            .formatted(Amounts.since(queue.oldestRunningAt(), service.now())),
                    observed,
                    threshold,
                    hint);
        }
        return Finding.ok("jobs", "No job is stuck.", observed, threshold);
    }

    private static boolean isLonger(Instant since, Instant now, Duration most) {
        return since != null && Duration.between(since, now).compareTo(most) > 0;
    }

    private static Finding target(ServiceSeen service, String target) {
        String id = "target:" + target;
        Optional<ServiceSeen.Sighting> seen =
                service.sightings().stream()
                        .filter(sighting -> sighting.target().equals(target))
                        .findFirst();
        String hint =
                "Check that its server runs and that %s_DB_* of the worker are right."
                        .formatted(TargetNames.variablePrefix(target));
        if (seen.isEmpty()) {
            return Finding.warning(
                    id,
                    "No worker has looked at %s yet.".formatted(target),
                    "never",
                    "reachable",
                    hint);
        }
        if (isLonger(seen.get().at(), service.now(), SEEN_WITHIN)) {
            String age = Amounts.since(seen.get().at(), service.now());
            return Finding.warning(
                    id,
                    "No worker has looked at %s for %s.".formatted(target, age),
                    age,
                    "at most " + Amounts.time(SEEN_WITHIN),
                    "Start backup-worker.");
        }
        return seen.get().reachable()
                ? Finding.ok(id, "Its server answers.", "reachable", "reachable")
                : Finding.warning(
                        id,
                        "The server of %s cannot be reached: %s"
                                .formatted(target, seen.get().problem()),
                        "not reachable",
                        "reachable",
                        hint);
    }

    /** A target that nothing backs up by itself is not watched over, whatever its last dump. */
    private static Finding scheduled(ServiceSeen service, String target) {
        String id = "scheduled:" + target;
        Optional<ScheduleWatch.Kept> backup =
                service.schedules().stream()
                        .filter(ScheduleWatch.Kept::enabled)
                        .filter(schedule -> schedule.type().equals(JobType.POSTGRES_BACKUP.code()))
                        .filter(schedule ->
                                schedule.parameters()
                                        .path("target")
                                        .asText(TargetNames.DEFAULT)
                                        .equals(target))
                        .findFirst();
        return backup.map(schedule ->
                        Finding.ok(id, "Backed up by itself.", schedule.name(), "a schedule"))
                .orElseGet(() ->
                        Finding.warning(
                                id,
                                "No enabled schedule backs up %s.".formatted(target),
                                "none",
                                "a schedule",
                                "PUT /api/v1/schedules/NAME with type postgres-backup and this target."));
    }

    private static Finding schedule(ScheduleWatch.Kept schedule, Instant now) {
        String id = "schedule:" + schedule.name();
        if (!schedule.enabled()) {
            return Finding.ok(
                    id, "It is switched off: nothing is expected of it.", "disabled", null);
        }
        String threshold =
                schedule.expectedInterval().map(it -> "every " + Amounts.time(it)).orElse(null);
        if (schedule.missedAt() != null) {
            return Finding.warning(
                    id,
                    "The run of %s did not happen.".formatted(schedule.missedAt()),
                    "missed",
                    threshold,
                    "An API fires it, within its catch-up time. Look into the API's log, or POST /api/v1/schedules/%s/runs."
                            .formatted(schedule.name()));
        }
        if (schedule.problem() != null) {
            return Finding.warning(
                    id,
                    "It cannot be run: " + schedule.problem(),
                    "not valid",
                    threshold,
                    "PUT /api/v1/schedules/%s with what the summary names corrected."
                            .formatted(schedule.name()));
        }
        ScheduleWatch.End end = schedule.lastEnd();
        if (end != null && end.state() == JobState.FAILED) {
            return Finding.warning(
                    id,
                    "Its last run failed: %s.".formatted(end.code()),
                    end.code(),
                    threshold,
                    "Look at the job (GET /api/v1/schedules names it), mend that, then POST /api/v1/schedules/%s/runs."
                            .formatted(schedule.name()));
        }
        if (end == null) {
            return Finding.ok(id, "It has not been due yet.", "no run yet", threshold);
        }
        return Finding.ok(
                id,
                end.state() == JobState.CANCELLED
                        ? "Its last run was cancelled by somebody."
                        : "Its last run succeeded.",
                Amounts.since(end.at(), now) + " ago",
                threshold);
    }

    private static Finding alerts(World world, ServiceSeen service) {
        if (world.channels().stream().allMatch("heartbeat"::equals)) {
            return Finding.ok(
                    "alerts",
                    "Nobody is told of changes: neither BACKUP_ALERT_EMAIL nor BACKUP_ALERT_WEBHOOK_URL is set.",
                    "not configured",
                    null);
        }
        String configured = String.join(", ", world.channels());
        for (ServiceSeen.Deliveries channel : service.deliveries()) {
            if (!world.channels().contains(channel.channel())) {
                continue;
            }
            boolean late =
                    channel.overdue() > 0
                            || isLonger(channel.oldestAt(), service.now(), ON_ITS_WAY_AT_MOST);
            if (late || channel.lost() > 0) {
                return Finding.warning(
                        "alerts",
                        "Notices by %s do not arrive: %s"
                                .formatted(channel.channel(), channel.problem()),
                        "%d on their way, %d lost in a day"
                                .formatted(channel.pending(), channel.lost()),
                        "0 late, 0 lost",
                        "Check the settings of this channel; notices on their way are tried again by themselves.");
            }
        }
        return Finding.ok("alerts", "Notices arrive.", configured, "0 late, 0 lost");
    }
}
