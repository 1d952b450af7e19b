package org.lifeos.backup.api.health;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.lifeos.backup.api.schedule.ScheduleWatch;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.sql.Database;

/**
 * What Prometheus reads of the health. Every instance tells the same; what is not known is NaN and
 * never an old value. Names are listed in {@code docs/monitoring.md}.
 */
@ApplicationScoped
public class HealthMetrics {
    private static final String PREFIX = "lifeos_backup_";
    private static final Duration LIMIT = Duration.ofSeconds(6);
    private static final double UNKNOWN = Double.NaN;
    private static final double MILLIS = 1_000;

    private final Health health;
    private final MeterRegistry meters;
    private final Probe<JobCounts.Counted> counts;
    private final Map<String, MultiGauge> gauges = new ConcurrentHashMap<>();
    private final Map<JobCounts.Outcome, AtomicLong> ended = new ConcurrentHashMap<>();
    private volatile Double freeBytes = UNKNOWN;
    private volatile Double mirrorLag = UNKNOWN;
    private volatile Double manifestAge = UNKNOWN;
    private volatile Double workersAlive = UNKNOWN;

    HealthMetrics(Health health, MeterRegistry meters, Database database) {
        this.health = health;
        this.meters = meters;
        JobCounts reader = new JobCounts(database);
        this.counts = new Probe<>("The service's database", LIMIT, reader::count);
        single("disk_free_bytes", it -> it.freeBytes);
        single("mirror_lag_seconds", it -> it.mirrorLag);
        single("ollama_manifest_age_seconds", it -> it.manifestAge);
        single("workers_alive", it -> it.workersAlive);
    }

    private void single(String name, Function<HealthMetrics, Double> value) {
        Gauge.builder(PREFIX + name, this, value::apply).register(meters);
    }

    @Scheduled(every = "15s", concurrentExecution = ConcurrentExecution.SKIP)
    @RunOnVirtualThread
    void refresh() {
        Probe.Pending<JobCounts.Counted> counting = counts.begin();
        World world = health.look();
        checks(world);
        backups(world);
        host(world);
        schedules(world);
        notices(world);
        jobs(counting.await());
    }

    private void multi(String name, List<Row<?>> rows) {
        gauges.computeIfAbsent(name, it -> MultiGauge.builder(PREFIX + it).register(meters))
                .register(rows, true);
    }

    private static Row<?> row(double value, String... tags) {
        return Row.of(Tags.of(tags), value);
    }

    private static double seconds(Instant then, Instant now) {
        return Duration.between(then, now).toMillis() / MILLIS;
    }

    private void checks(World world) {
        multi(
                "check_status",
                Health.findings(world).stream()
                        .<Row<?>>map(it -> row(it.status().ordinal(), "check", it.id()))
                        .toList());
    }

    private void backups(World world) {
        Optional<FolderSeen> folder = world.knownFolder().seen();
        Function<Function<DumpSeen, Double>, List<Row<?>>> ofNewest =
                value ->
                        world.targets().stream()
                                .<Row<?>>map(target ->
                                        row(
                                                folder.flatMap(it -> it.newestGood(target))
                                                        .map(value)
                                                        .orElse(UNKNOWN),
                                                "target",
                                                target))
                                .toList();
        multi(
                "newest_backup_age_seconds",
                ofNewest.apply(dump -> seconds(dump.manifest().snapshotAt(), world.now())));
        multi("newest_backup_size_bytes", ofNewest.apply(dump -> (double) dump.sizeBytes()));
        multi(
                "newest_backup_duration_seconds",
                ofNewest.apply(dump -> dump.manifest().durationMs() / MILLIS));
        multi(
                "good_backups",
                world.targets().stream()
                        .<Row<?>>map(target ->
                                row(
                                        folder.map(it -> (double) it.good(target).size())
                                                .orElse(UNKNOWN),
                                        "target",
                                        target))
                        .toList());
        multi(
                "restore_test_age_seconds",
                world.targets().stream()
                        .<Row<?>>map(target ->
                                row(restoreTestAge(folder, target, world.now()), "target", target))
                        .toList());
    }

    private static double restoreTestAge(Optional<FolderSeen> folder, String target, Instant now) {
        return folder.stream()
                .flatMap(seen -> seen.good(target).stream())
                .map(DumpSeen::manifest)
                .filter(manifest -> manifest.isProvenBy(VerificationLevel.RESTORE))
                .map(manifest -> manifest.verification().at())
                .max(Comparator.naturalOrder())
                .map(at -> seconds(at, now))
                .orElse(UNKNOWN);
    }

    private void host(World world) {
        freeBytes = world.folder().seen().map(it -> (double) it.freeBytes()).orElse(UNKNOWN);
        manifestAge =
                world.manifestAt()
                        .seen()
                        .flatMap(Function.identity())
                        .map(at -> seconds(at, world.now()))
                        .orElse(UNKNOWN);
        mirrorLag =
                world.service()
                        .seen()
                        .flatMap(service -> service.lastEnd(JobType.FILES_CHECK))
                        .filter(end -> end.result() != null)
                        .map(end -> end.result().path("mirror").path("lagSeconds"))
                        .filter(lag -> lag.isNumber())
                        .map(lag -> lag.asDouble())
                        .orElse(UNKNOWN);
        workersAlive =
                world.service()
                        .seen()
                        .map(service -> (double) service.workers().alive())
                        .orElse(UNKNOWN);
    }

    private void schedules(World world) {
        List<ScheduleWatch.Kept> enabled =
                world.service().seen().map(ServiceSeen::schedules).orElse(List.of()).stream()
                        .filter(ScheduleWatch.Kept::enabled)
                        .toList();
        multi(
                "schedule_last_success_timestamp_seconds",
                enabled.stream()
                        .<Row<?>>map(it ->
                                row(
                                        it.lastSuccessAt() == null
                                                ? UNKNOWN
                                                : it.lastSuccessAt().toEpochMilli() / MILLIS,
                                        "schedule",
                                        it.name(),
                                        "type",
                                        it.type()))
                        .toList());
        multi(
                "schedule_expected_interval_seconds",
                enabled.stream()
                        .<Row<?>>map(it ->
                                row(
                                        it.expectedInterval()
                                                .map(interval -> (double) interval.toSeconds())
                                                .orElse(UNKNOWN),
                                        "schedule",
                                        it.name(),
                                        "type",
                                        it.type()))
                        .toList());
    }

    private void notices(World world) {
        List<ServiceSeen.Deliveries> deliveries =
                world.service().seen().map(ServiceSeen::deliveries).orElse(List.of());
        multi(
                "notices_pending",
                world.channels().stream()
                        .<Row<?>>map(channel ->
                                row(
                                        world.service().seen().isEmpty()
                                                ? UNKNOWN
                                                : deliveries.stream()
                                                        .filter(it -> it.channel().equals(channel))
                                                        .mapToInt(ServiceSeen.Deliveries::pending)
                                                        .sum(),
                                        "channel",
                                        channel))
                        .toList());
    }

    private void jobs(Look<JobCounts.Counted> look) {
        JobCounts.Counted counted =
                look.seen().orElse(new JobCounts.Counted(List.of(), List.of(), List.of()));
        multi(
                "queue_depth",
                counted.waiting().stream()
                        .<Row<?>>map(it -> row(it.jobs(), "state", it.state()))
                        .toList());
        multi(
                "job_duration_seconds",
                counted.durations().stream()
                        .<Row<?>>map(it -> row(it.time().toMillis() / MILLIS, "type", it.type()))
                        .toList());
        counted.ended()
                .forEach(it -> ended.computeIfAbsent(it.outcome(), this::counter).set(it.jobs()));
    }

    private AtomicLong counter(JobCounts.Outcome outcome) {
        AtomicLong jobs = new AtomicLong();
        FunctionCounter.builder(PREFIX + "jobs_ended", jobs, AtomicLong::doubleValue)
                .tags("type", outcome.type(), "state", outcome.state(), "code", outcome.code())
                .register(meters);
        return jobs;
    }
}
