package org.lifeos.backup.job;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.sql.SqlFailure;

/**
 * The queue as workers see it. A job is claimed by one statement that skips what others are
 * claiming; the claim's token guards every later write, and a write that touches no row means that
 * the lease is lost. The only clock is PostgreSQL's {@code now()}.
 *
 * <p>Boolean answers mean: true, it is written; false, the lease was lost and nothing is written.
 */
public final class JobQueue {
    /** A claim that loses the race for a target this often in a row lets the others go first. */
    private static final int CLAIM_TRIES = 10;

    private final Database database;
    private final String worker;
    private final Duration lease;

    /**
     * @param worker the name that the job shows
     * @param lease how long a claim holds without a heartbeat
     */
    public JobQueue(Database database, String worker, Duration lease) {
        this.database = database;
        this.worker = worker;
        this.lease = lease;
    }

    /** What a heartbeat learned about its lease. */
    public enum Heartbeat {
        ALIVE,
        CANCEL_REQUESTED,
        LOST
    }

    /** Takes the oldest job that may start now, if there is one of these types. */
    public Optional<LeasedJob> claim(Set<JobType> types) {
        for (int i = 0; i < CLAIM_TRIES; i++) {
            try {
                return claimOnce(types);
            } catch (SqlFailure e) {
                // another worker started a job of the same target between our look and our write
                if (!e.isUniqueViolation()) {
                    throw e;
                }
            }
        }
        return Optional.empty();
    }

    /**
     * However long the queue is and whatever the planner believes of it, the candidate is read off
     * the index by position: {@code type || ''} keeps the one by type out.
     */
    private Optional<LeasedJob> claimOnce(Set<JobType> types) {
        return database.first(
                """
                with candidate as (
                    select id from job
                    where state = 'QUEUED' and available_at <= now() and type || '' = any (?)
                      and (exclusive_key is null or not exists (
                          select from job other
                          where other.exclusive_key = job.exclusive_key and other.state = 'RUNNING'))
                      and (exclusive_key is null or not exists (
                          select from job older
                          where older.exclusive_key = job.exclusive_key and older.state = 'QUEUED'
                            and older.position < job.position and older.available_at <= now()))
                    order by position
                    limit 1
                    for update skip locked)
                update job
                set state = 'RUNNING', attempt = attempt + 1, claims = claims + 1, worker = ?,
                    started_at = coalesce(started_at, now()),
                    lease_token = gen_random_uuid(), lease_until = now() + ? * interval '1 millisecond', progress = ?::jsonb
                from candidate
                where job.id = candidate.id
                returning\s\
                """
                        + JobRows.COLUMNS,
                JobRows::leased,
                types.stream().map(JobType::code).toArray(String[]::new),
                worker,
                lease,
                Json.write(Progress.of("start", "claimed by " + worker)));
    }

    /** The time of the one clock that all workers share. */
    public Instant now() {
        return database.first("select now() as now", row -> row.instant("now")).orElseThrow();
    }

    /**
     * Prolongs the lease. Never waits for the row: whoever has it locked is publishing, discarding
     * or cancelling, keeps the reaper away by that, and must not hold up the heartbeats of other
     * jobs.
     */
    public Heartbeat heartbeat(Lease held) {
        return database.first(
                        """
                        with held as (
                            select id from job where id = ? and lease_token = ? and state = 'RUNNING'
                            for update skip locked)
                        update job set lease_until = now() + ? * interval '1 millisecond'
                        from held
                        where job.id = held.id
                        returning cancel_requested_at is not null as cancel_requested
                        """,
                        row ->
                                row.bool("cancel_requested")
                                        ? Heartbeat.CANCEL_REQUESTED
                                        : Heartbeat.ALIVE,
                        held.jobId(),
                        held.token(),
                        lease)
                .orElseGet(() -> isHeld(held) ? Heartbeat.ALIVE : Heartbeat.LOST);
    }

    private boolean isHeld(Lease held) {
        return database.first(
                        "select 1 from job where id = ? and lease_token = ? and state = 'RUNNING'",
                        row -> true,
                        held.jobId(),
                        held.token())
                .isPresent();
    }

    public boolean report(Lease held, Progress progress) {
        return touched(
                database.update(
                        "update job set progress = ?::jsonb where id = ? and lease_token = ? and state = 'RUNNING'",
                        Json.write(progress),
                        held.jobId(),
                        held.token()));
    }

    /**
     * Fixes the name of the dump that the job makes. No two unfinished jobs reserve the same one.
     *
     * @return false when another job holds the name
     * @throws LeaseLostException when the lease is lost
     */
    public boolean reserve(Lease held, String file) throws LeaseLostException {
        try {
            int rows =
                    database.update(
                            "update job set file = ? where id = ? and lease_token = ? and state = 'RUNNING'",
                            file,
                            held.jobId(),
                            held.token());
            if (rows == 0) {
                throw new LeaseLostException(held);
            }
            return true;
        } catch (SqlFailure e) {
            if (e.isUniqueViolation()) {
                return false;
            }
            throw e;
        }
    }

    /** What a publish came to. */
    public enum Publish {
        DONE,
        CANCEL_REQUESTED,
        LEASE_LOST
    }

    /**
     * Ends a job with success, together with what makes its result visible. One transaction: the
     * guarded update takes the row's lock, which keeps reaper and cancel away; then {@code publish}
     * does its work and returns the result; then all commits. Whatever {@code publish} throws rolls
     * back.
     */
    public Publish succeed(Lease held, Function<Session, ? extends JobResult> publish) {
        return database.inTransaction(session -> {
            Optional<Boolean> cancelRequested =
                    session.first(
                            """
                            select cancel_requested_at is not null as cancel_requested from job
                            where id = ? and lease_token = ? and state = 'RUNNING' for update
                            """,
                            row -> row.bool("cancel_requested"),
                            held.jobId(),
                            held.token());
            if (cancelRequested.isEmpty()) {
                return Publish.LEASE_LOST;
            }
            if (cancelRequested.get()) {
                return Publish.CANCEL_REQUESTED;
            }
            JobResult result = publish.apply(session);
            end(session, held, JobState.SUCCEEDED, result, null);
            return Publish.DONE;
        });
    }

    /**
     * Ends a job with success whose result is out in the world already, even if somebody asked for
     * its end meanwhile: what happened is said.
     */
    public boolean finish(Lease held, JobResult result) {
        return database.inTransaction(
                session -> end(session, held, JobState.SUCCEEDED, result, null));
    }

    /**
     * Does a part of a job's work in a transaction under the job's row lock, so that nobody takes
     * the job over meanwhile.
     *
     * @throws LeaseLostException when the lease is lost; then nothing is done
     */
    public <T> T underLease(Lease held, Function<Session, T> work) throws LeaseLostException {
        return database.inTransaction(session ->
                        lock(session, held)
                                ? Optional.of(work.apply(session))
                                : Optional.<T>empty())
                .orElseThrow(() -> new LeaseLostException(held));
    }

    /**
     * Ends a job that cannot succeed, with the part of its result that it has, or null.
     *
     * @param discard removes what the job made; see {@link #endAfter}
     */
    public boolean fail(Lease held, Failure failure, JobResult partial, Runnable discard) {
        return endAfter(
                held, discard, session -> end(session, held, JobState.FAILED, partial, failure));
    }

    /**
     * Ends a job only while its lease is held. What is discarded is discarded under the row's lock:
     * nobody can take the job over meanwhile, and a worker that lost it without knowing removes
     * nothing of its successor's.
     */
    private boolean endAfter(Lease held, Runnable discard, Predicate<Session> end) {
        return database.inTransaction(session -> {
            if (!lock(session, held)) {
                return false;
            }
            discard.run();
            return end.test(session);
        });
    }

    /** Prolongs the lease too: heartbeats pass over a row that is locked. */
    private boolean lock(Session session, Lease held) {
        return touched(
                session.update(
                        """
                        update job set lease_until = now() + ? * interval '1 millisecond'
                        where id = ? and lease_token = ? and state = 'RUNNING'
                        """,
                        lease,
                        held.jobId(),
                        held.token()));
    }

    /** Ends a job that somebody cancelled, after all that belonged to it is gone. */
    public boolean cancelled(Lease held, Runnable discard) {
        return endAfter(
                held,
                discard,
                session -> {
                    String by =
                            session.first(
                                            "select coalesce(cancel_requested_by, 'somebody') as who from job where id = ?",
                                            row -> row.text("who"),
                                            held.jobId())
                                    .orElseThrow();
                    return end(session, held, JobState.CANCELLED, null, Jobs.cancelledBy(by));
                });
    }

    private static boolean end(
            Session session, Lease held, JobState state, JobResult result, Failure failure) {
        return touched(
                session.update(
                        """
                        update job
                        set state = ?, result = ?::jsonb, failure = ?::jsonb, finished_at = now(),
                            lease_token = null, lease_until = null
                        where id = ? and lease_token = ? and state = 'RUNNING'
                        """,
                        state,
                        result == null ? null : Json.write(result),
                        failure == null ? null : Json.write(failure),
                        held.jobId(),
                        held.token()));
    }

    /** Offers the job again after a delay: its attempt failed, and another may succeed. */
    public boolean retry(Lease held, Failure failure, Duration delay) {
        return offerAgain(
                held,
                delay,
                "the attempt failed (%s), the next one follows in %.1f s: %s"
                        .formatted(failure.code(), delay.toMillis() / 1000.0, failure.detail()),
                0);
    }

    /** Gives the job back untried: its worker is going down. The attempt does not count. */
    public boolean handBack(Lease held) {
        return offerAgain(
                held, Duration.ZERO, "handed back by " + worker + ", which is stopping", 1);
    }

    /**
     * Gives back a job whose result is already published whole, for another attempt to adopt. The
     * attempt does not count.
     */
    public boolean offerForAdoption(Lease held) {
        return database.inTransaction(session -> {
            boolean offered =
                    offerAgain(session, held, Duration.ZERO, "published, to be adopted", 1);
            if (offered) {
                session.update("update job set adoption_due = true where id = ?", held.jobId());
            }
            return offered;
        });
    }

    private boolean offerAgain(Lease held, Duration delay, String why, int attemptsNotCounted) {
        return database.inTransaction(
                session -> offerAgain(session, held, delay, why, attemptsNotCounted));
    }

    private static boolean offerAgain(
            Session session, Lease held, Duration delay, String why, int attemptsNotCounted) {
        return touched(
                session.update(
                        """
                        update job
                        set state = 'QUEUED', attempt = attempt - ?,
                            available_at = now()
                                + case when cancel_requested_at is null then ? else 0 end * interval '1 millisecond',
                            progress = ?::jsonb, lease_token = null, lease_until = null
                        where id = ? and lease_token = ? and state = 'RUNNING'
                        """,
                        attemptsNotCounted,
                        delay,
                        Json.write(Progress.of("waiting", why)),
                        held.jobId(),
                        held.token()));
    }

    /**
     * Takes over a job whose lease is over, under a new lease, so that one worker alone cleans up
     * behind the dead one. The job stays RUNNING until that is done; a reaper that dies in turn is
     * reaped like any other.
     */
    public Optional<LeasedJob> reap(Set<JobType> types) {
        return database.first(
                """
                with expired as (
                    select id from job where state = 'RUNNING' and lease_until < now() and type = any (?)
                    order by lease_until limit 1
                    for update skip locked)
                update job
                set lease_token = gen_random_uuid(), lease_until = now() + ? * interval '1 millisecond',
                    progress = ?::jsonb
                from expired
                where job.id = expired.id
                returning\s\
                """
                        + JobRows.COLUMNS,
                JobRows::leased,
                types.stream().map(JobType::code).toArray(String[]::new),
                lease,
                Json.write(Progress.of("clean-up", worker + " cleans up after a lost worker")));
    }

    /**
     * How a job ends, or goes on, after the worker that held it is lost and its traces are gone.
     */
    public boolean afterLoss(LeasedJob job, Runnable discard) {
        if (job.cancelRequested()) {
            return cancelled(job.lease(), discard);
        }
        String detail =
                "Worker %s gave no sign of life during attempt %d of %d."
                        .formatted(
                                job.job().worker(), job.job().attempt(), job.job().maxAttempts());
        Failure failure = Failure.of(ProblemCode.WORKER_LOST, detail);
        return job.mayBeTriedAgain()
                ? retry(job.lease(), failure, Duration.ZERO)
                : fail(job.lease(), failure, null, discard);
    }

    /** Whether this queue ever held the job. */
    public boolean knows(UUID jobId) {
        return database.first("select 1 from job where id = ?", row -> true, jobId).isPresent();
    }

    /**
     * Whether this attempt of a job may still be at work, under whatever lease. Once it is over, it
     * is over for good: no later claim gets its number again.
     *
     * @param attempt {@link Lease#attempt}
     */
    public boolean mayBeAtWork(UUID jobId, int attempt) {
        return database.first(
                        "select 1 from job where id = ? and claims = ? and state = 'RUNNING'",
                        row -> true,
                        jobId,
                        attempt)
                .isPresent();
    }

    private static boolean touched(int rows) {
        return rows == 1;
    }
}
