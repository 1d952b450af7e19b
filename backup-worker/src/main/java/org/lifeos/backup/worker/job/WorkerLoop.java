package org.lifeos.backup.worker.job;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.lifeos.backup.job.JobQueue;
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

    /** How long a job may wait at most when its notification was lost. */
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

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
    private final Semaphore hands;
    private final Semaphore wake = new Semaphore(0);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean stopping;
    private volatile boolean answering;
    private boolean cleanedAtStart;
    private final Set<Thread> jobs = ConcurrentHashMap.newKeySet();
    private Thread claiming;
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
        this.hands = new Semaphore(concurrency);
    }

    void start() {
        claiming = daemon("claim", this::claimJobs);
        threads =
                List.of(
                        claiming,
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
        wake.release();
    }

    private void claimJobs() {
        while (!stopping) {
            try {
                claimOne();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                // the edge of the loop: one job that cannot be read must not end the worker's work
                answering = false;
                LOG.error("claiming a job failed", e);
            }
        }
    }

    private void claimOne() throws InterruptedException {
        hands.acquire();
        boolean handedOver = false;
        try {
            Optional<LeasedJob> job = claim();
            if (job.isPresent()) {
                Thread thread =
                        Thread.ofPlatform()
                                .name("job-" + job.get().job().id())
                                .unstarted(() -> work(job.get()));
                jobs.add(thread);
                thread.start();
                handedOver = true;
            }
        } finally {
            if (!handedOver) {
                hands.release();
            }
        }
        if (!handedOver) {
            boolean _ = wake.tryAcquire(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
            wake.drainPermits();
        }
    }

    private Optional<LeasedJob> claim() {
        try {
            Optional<LeasedJob> job = stopping ? Optional.empty() : queue.claim(runner.types());
            answered();
            return job;
        } catch (SqlFailure e) {
            notAnswered(e);
            return Optional.empty();
        }
    }

    private void work(LeasedJob job) {
        try {
            runner.run(job);
        } catch (RuntimeException e) {
            LOG.errorf(e, "job %s: left to the reaper", job.job().id());
        } finally {
            jobs.remove(Thread.currentThread());
            hands.release();
            wake.release();
        }
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
        wake.release();
        stopped.countDown();
        heartbeats.stopAll(StopReason.WORKER_STOPS);
        try {
            long end = System.nanoTime() + STOP_PATIENCE.toNanos();
            if (claiming != null) {
                claiming.join(CLAIM_PATIENCE);
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
