package org.lifeos.backup.worker.job;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.LeasedJob;

/** Claims jobs of some types, one after the other, while there are hands free for them. */
final class JobClaims implements Runnable {
    /** How long a job may wait at most when its notification was lost. */
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

    private final WorkerLoop loop;
    private final Set<JobType> types;
    private final Semaphore hands;
    private final Semaphore wake = new Semaphore(0);

    /**
     * @param hands how many jobs of these types run at once
     */
    JobClaims(WorkerLoop loop, Set<JobType> types, int hands) {
        this.loop = loop;
        this.types = Set.copyOf(types);
        this.hands = new Semaphore(hands);
    }

    /** Says that a job may be waiting, or that the worker stops. */
    void wake() {
        wake.release();
    }

    @Override
    public void run() {
        while (!loop.isStopping()) {
            try {
                claimOne();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                loop.claimingFailed(e);
            }
        }
    }

    private void claimOne() throws InterruptedException {
        hands.acquire();
        boolean handedOver = false;
        try {
            Optional<LeasedJob> job = loop.claim(types);
            if (job.isPresent()) {
                loop.run(job.get(), this::handIsFree);
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

    private void handIsFree() {
        hands.release();
        wake.release();
    }
}
