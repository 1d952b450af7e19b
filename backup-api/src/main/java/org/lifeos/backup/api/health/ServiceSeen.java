package org.lifeos.backup.api.health;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lifeos.backup.api.schedule.ScheduleWatch;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;

/**
 * What the service's own database tells, in one look.
 *
 * @param now its clock
 * @param listed the files that the catalogue has of each target and nobody removed on purpose,
 *     those included that a scan found missing
 * @param everTaken how many backups of each target the catalogue knows, removed ones too
 * @param corruptFiles those that the catalogue calls CORRUPT
 * @param lastEnds how the last finished job of a type and a target (or null) ended
 * @param deliveries how the notices get on, by channel
 * @param since which status each check has had, and since when
 */
record ServiceSeen(
        Instant now,
        Map<String, List<String>> listed,
        Map<String, Integer> everTaken,
        Set<String> corruptFiles,
        Workers workers,
        Queue queue,
        List<LastEnd> lastEnds,
        List<Sighting> sightings,
        List<ScheduleWatch.Kept> schedules,
        List<Deliveries> deliveries,
        Map<String, Standing> since) {

    record Workers(int alive, int known) {}

    /**
     * The jobs that have not ended.
     *
     * @param oldestQueuedAt since when the longest waiting one might run, or null
     * @param abandoned running ones whose lease is over, and that nobody has reaped for minutes
     * @param oldestRunningAt when the longest running one started, or null
     */
    record Queue(
            int queued,
            int running,
            Instant oldestQueuedAt,
            int abandoned,
            Instant oldestRunningAt) {}

    /** {@code result} is the job's, or null. */
    record LastEnd(
            JobType type,
            String target,
            JobState state,
            String code,
            String detail,
            JsonNode result,
            Instant at) {}

    record Sighting(String target, boolean reachable, String problem, Instant at) {}

    /**
     * Notices on their way by one channel.
     *
     * @param overdue those that were tried and did not arrive
     * @param lost those that were given up
     * @param oldestAt when the oldest one on its way was written, or null
     */
    record Deliveries(
            String channel, int pending, int overdue, int lost, Instant oldestAt, String problem) {}

    record Standing(HealthStatus status, Instant since) {}

    Optional<LastEnd> lastEnd(JobType type) {
        return lastEnds.stream().filter(end -> end.type() == type).findFirst();
    }

    Optional<LastEnd> lastEnd(JobType type, String target) {
        return lastEnds.stream()
                .filter(end -> end.type() == type && target.equals(end.target()))
                .findFirst();
    }
}
