package org.lifeos.backup.worker.job;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.WorkerRegister;
import org.lifeos.backup.sql.SqlFailure;

/**
 * The worker's life: claims jobs while it has hands free, keeps their leases, reaps those of lost
 * workers. Threads are those of the platform: few, long-lived, and blocked on pipes, which virtual
 * threads would hold their carriers for.
 */
public final class WorkerLoop implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(WorkerLoop.class);

    /**
     * Jobs that only start others and wait for them. They have a hand of their own: if they took
     * the others', those that they wait for might never start.
     */
    private static final Set<JobType> CONDUCTING = Set.of(JobType.RECOVERY);

    /** Callers see progress at most this old, and the database at most so many writes. */
    private static final Duration REPORT_INTERVAL = Duration.ofMillis(500);

    /** A stopping worker has to be gone within ten seconds. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(7);

    /** A claim under way may have to wait for the database; a stop does not wait for it long. */
    private static final Duration CLAIM_PATIENCE = Duration.ofSeconds(2);

    private static final Duration SIGN_OFF_PATIENCE = Duration.ofSeconds(1);

    /** Well within the minute after which a worker counts as dead. */
    private static final Duration LONGEST_UNSEEN = Duration.ofSeconds(15);

    private final AttemptRunner runner;
    private final JobQueue queue;
    private final Heartbeats heartbeats;
    private final WorkerRegister register;
    private final String name;
    private final int concurrency;
    private final Duration heartbeatInterval;
    private final UUID instance = UUID.randomUUID();
    private final List<JobClaims> claims;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean stopping;
    private volatile boolean answering;
    private boolean cleanedAtStart;
    private final Set<Thread> jobs = ConcurrentHashMap.newKeySet();
    private List<Thread> claiming = List.of();
    private List<Thread> threads = List.of();

    WorkerLoop(
            AttemptRunner runner,
            JobQueue queue,
            Heartbeats heartbeats,
            WorkerRegister register,
            String name,
            int concurrency,
            Duration lease) {
        this.runner = runner;
        this.queue = queue;
        this.heartbeats = heartbeats;
        this.register = register;
        this.name = name;
        this.concurrency = concurrency;
        this.heartbeatInterval = Heartbeats.interval(lease);
        Map<Boolean, Set<JobType>> byConducting =
                runner.types().stream()
                        .collect(
                                Collectors.partitioningBy(
                                        CONDUCTING::contains, Collectors.toSet()));
        this.claims =
                byConducting.entrySet().stream()
                        .filter(types -> !types.getValue().isEmpty())
                        .map(types ->
                                new JobClaims(
                                        this, types.getValue(), types.getKey() ? 1 : concurrency))
                        .toList();
    }

    void start() {
        claiming = claims.stream().map(loop -> daemon("claim", loop)).toList();
        threads =
                List.of(
                        daemon(
                                "heartbeat",
                                () -> repeat("heartbeat", heartbeatInterval, heartbeats::beat)),
                        daemon(
                                "register",
                                () -> repeat("register", seenInterval(), this::giveSign)),
                        daemon(
                                "report",
                                () -> repeat("report", REPORT_INTERVAL, heartbeats::report)),
                        daemon("reap", () -> repeat("reap", heartbeatInterval, this::reap)));
    }

    private static Thread daemon(String name, Runnable work) {
        return Thread.ofPlatform().name(name).daemon().start(work);
    }

    /** Whether the queue answered when it was last asked. */
    public boolean isAnswering() {
        return answering;
    }

    /** Says that a job may be waiting. */
    void jobMayWait() {
        claims.forEach(JobClaims::wake);
    }

    /** The edge of the loop: one job that cannot be read must not end the worker's work. */
    void claimingFailed(RuntimeException failure) {
        answering = false;
        LOG.error("claiming a job failed", failure);
    }

    boolean isStopping() {
        return stopping;
    }

    /** Takes the oldest job of these types; none while the queue does not answer. */
    Optional<LeasedJob> claim(Set<JobType> types) {
        try {
            Optional<LeasedJob> job = stopping ? Optional.empty() : queue.claim(types);
            answered();
            return job;
        } catch (SqlFailure e) {
            notAnswered(e);
            return Optional.empty();
        }
    }

    /** Runs a claimed job in a thread of its own. */
    void run(LeasedJob job, Runnable whenOver) {
        Thread thread =
                Thread.ofPlatform()
                        .name("job-" + job.job().id())
                        .unstarted(() -> {
                            try {
                                runner.run(job);
                            } catch (RuntimeException e) {
                                LOG.errorf(e, "job %s: left to the reaper", job.job().id());
                            } finally {
                                jobs.remove(Thread.currentThread());
                                whenOver.run();
                            }
                        });
        jobs.add(thread);
        thread.start();
    }

    private Duration seenInterval() {
        return heartbeatInterval.compareTo(LONGEST_UNSEEN) < 0 ? heartbeatInterval : LONGEST_UNSEEN;
    }

    /** Also tells whether the database answers while all hands are busy and nothing is claimed. */
    private void giveSign() {
        try {
            register.seen(instance, name, version(), concurrency);
            answered();
        } catch (SqlFailure e) {
            notAnswered(e);
        }
    }

    private void answered() {
        if (!answering) {
            LOG.info("the queue answers");
        }
        answering = true;
    }

    private void notAnswered(SqlFailure failure) {
        if (answering) {
            LOG.warnf("the queue does not answer: %s", failure.getMessage());
        }
        answering = false;
    }

    private void reap() {
        if (!cleanedAtStart) {
            runner.cleanAtStart();
            cleanedAtStart = true;
        }
        Optional<LeasedJob> expired = queue.reap(runner.types());
        while (expired.isPresent() && !stopping) {
            runner.recover(expired.get());
            expired = queue.reap(runner.types());
        }
    }

    /** Runs again and again; what fails is said and tried again. */
    private void repeat(String what, Duration interval, Runnable work) {
        while (!stopping) {
            try {
                work.run();
            } catch (SqlFailure e) {
                LOG.debugf("%s: the service database failed: %s", what, e.getMessage());
            } catch (RuntimeException e) {
                LOG.errorf(e, "%s failed", what);
            }
            try {
                boolean _ = stopped.await(interval.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static String version() {
        String version = WorkerLoop.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /** Claims nothing more, hands running jobs back, and waits until that is done. */
    @Override
    public void close() {
        stopping = true;
        jobMayWait();
        stopped.countDown();
        heartbeats.stopAll(StopReason.WORKER_STOPS);
        try {
            long end = System.nanoTime() + STOP_PATIENCE.toNanos();
            for (Thread loop : claiming) {
                loop.join(CLAIM_PATIENCE);
            }
            for (Thread job : List.copyOf(jobs)) {
                job.join(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            }
            if (!jobs.isEmpty()) {
                LOG.warnf("%d jobs did not end in time; their leases will run out", jobs.size());
            }
            daemon("sign-off", this::signOff).join(SIGN_OFF_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        claiming.forEach(Thread::interrupt);
        threads.forEach(Thread::interrupt);
    }

    private void signOff() {
        try {
            register.gone(instance);
        } catch (SqlFailure e) {
            LOG.debugf("not signed off: %s", e.getMessage());
        }
    }
}
