package org.lifeos.backup.job;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;
import org.lifeos.backup.sql.SqlFailure;

/** The jobs as those see them who ask for work and wait for it. */
public final class Jobs {
    /** How often a job is tried, the first time included. */
    static final int MAX_ATTEMPTS = 3;

    /** Longer than any publish of a worker that is alive, shorter than callers' patience. */
    private static final Duration LOCK_PATIENCE = Duration.ofSeconds(3);

    private static final Duration KEYS_ARE_KEPT = Duration.ofHours(24);

    private final Database database;

    public Jobs(Database database) {
        this.database = database;
    }

    /**
     * A page of jobs, newest first. Null means any; {@code before} is the position that the page
     * before ended at.
     */
    public record Query(JobType type, JobState state, String target, Long before, int limit) {}

    /** A job with its place in the order of all jobs. */
    public record Positioned(long position, Job job) {}

    public Optional<Job> find(UUID id) {
        return database.first(
                "select " + JobRows.COLUMNS + " from job where id = ?", JobRows::job, id);
    }

    /** What the newest job of a type that succeeded has found or made. */
    public <T extends JobResult> Optional<T> lastResult(JobType type, Class<T> shape) {
        return list(new Query(type, JobState.SUCCEEDED, null, null, 1)).stream()
                .map(Positioned::job)
                .map(Job::result)
                .map(shape::cast)
                .findFirst();
    }

    /** What a recorded job is to do. */
    public Optional<JobRequest> requestOf(UUID id) {
        return database.first(
                "select type, request from job where id = ?",
                row ->
                        JobRequest.read(
                                JobType.byCode(row.text("type")).orElseThrow(),
                                row.text("request")),
                id);
    }

    /** The jobs that were recorded in somebody's name and have not ended, oldest first. */
    public List<UUID> unfinishedOf(String requestedBy) {
        return database.list(
                """
                select id from job where requested_by = ? and state in ('QUEUED', 'RUNNING') order by position
                """,
                row -> row.uuid("id"),
                requestedBy);
    }

    public List<Positioned> list(Query query) {
        return database.list(
                "select "
                        + JobRows.COLUMNS
                        + """
                         from job
                        where (?::text is null or type = ?) and (?::text is null or state = ?)
                          and (?::text is null or target = ?) and position < coalesce(?::bigint, 9223372036854775807)
                        order by position desc
                        limit ?
                        """,
                row -> new Positioned(row.bigint("position"), JobRows.job(row)),
                code(query.type()),
                code(query.type()),
                query.state(),
                query.state(),
                query.target(),
                query.target(),
                query.before(),
                query.limit());
    }

    /**
     * Records a job. Who calls keeps the transaction, so that what belongs to the job is recorded
     * with it or not at all.
     */
    public Job submit(Session session, Submission submission) {
        JobRequest request = submission.request();
        return session.first(
                        """
                        insert into job (id, type, target, exclusive_key, request, requested_by, reason, max_attempts)
                        values (?, ?, ?, ?, ?::jsonb, ?, ?, ?)
                        returning\s\
                        """
                                + JobRows.COLUMNS,
                        JobRows::job,
                        submission.id(),
                        request.type().code(),
                        request.target().orElse(null),
                        request.exclusiveKey().orElse(null),
                        Json.write(request),
                        submission.requestedBy(),
                        submission.reason(),
                        MAX_ATTEMPTS)
                .orElseThrow();
    }

    /**
     * Does a call once per key: the first call with a key runs {@code call}, every later one gets
     * the job of the first. Callers with the same key wait for each other, in whatever API process
     * they are. A call that throws leaves its key free.
     *
     * @param jobId the job that the call makes or changes
     * @throws ProblemException when the key was used with another body
     */
    public Job once(Session session, IdempotencyKey key, UUID jobId, Supplier<Job> call) {
        return claim(session, key, jobId) ? call.get() : jobOf(session, key);
    }

    private static boolean claim(Session session, IdempotencyKey key, UUID jobId) {
        return session.first(
                        """
                        insert into idempotency_key as kept (token, method, path, key, body_hash, job_id)
                        values (?, ?, ?, ?, ?, ?)
                        on conflict (token, method, path, key) do update
                        set body_hash = excluded.body_hash, job_id = excluded.job_id, created_at = now()
                        where kept.created_at < now() - ? * interval '1 millisecond'
                        returning job_id
                        """,
                        row -> row.uuid("job_id"),
                        key.token(),
                        key.method(),
                        key.path(),
                        key.key(),
                        key.bodyHash(),
                        jobId,
                        KEYS_ARE_KEPT)
                .isPresent();
    }

    private static Job jobOf(Session session, IdempotencyKey key) {
        record Used(String bodyHash, UUID jobId) {}
        Used used =
                session.first(
                                """
                                select body_hash, job_id from idempotency_key
                                where token = ? and method = ? and path = ? and key = ?
                                """,
                                row -> new Used(row.text("body_hash"), row.uuid("job_id")),
                                key.token(),
                                key.method(),
                                key.path(),
                                key.key())
                        .orElseThrow();
        if (!used.bodyHash().equals(key.bodyHash())) {
            throw new ProblemException(
                    ProblemCode.IDEMPOTENCY_KEY_REUSED,
                    "Idempotency-Key '%s' belongs to job %s, which another body asked for."
                            .formatted(key.key(), used.jobId()));
        }
        return find(session, used.jobId()).orElseThrow();
    }

    /** Forgets the keys whose time is over. */
    public void forgetOldKeys() {
        database.update(
                "delete from idempotency_key where created_at < now() - ? * interval '1 millisecond'",
                KEYS_ARE_KEPT);
    }

    /**
     * Ends a queued job at once and asks the worker of a running one to end it. Who asked first
     * stays the one who asked.
     *
     * @return the job as it then is; empty when there is none
     * @throws ProblemException when the job has already ended, or somebody holds its row for longer
     *     than a publish takes
     */
    public Optional<Job> cancel(Session session, UUID id, String by) {
        if (!lock(session, id)) {
            return Optional.empty();
        }
        Job job = find(session, id).orElseThrow();
        switch (job.state()) {
            case QUEUED, RUNNING -> requestCancel(session, id, by);
            case SUCCEEDED, FAILED, CANCELLED ->
                    throw new ProblemException(
                            ProblemCode.ALREADY_ENDED,
                            "Job %s has already ended: %s.".formatted(id, job.state()));
        }
        if (job.state() == JobState.QUEUED) {
            cancelQueued(session, id);
        }
        return find(session, id);
    }

    /**
     * Waits for a publish under way, so that whoever comes second sees what the first one did; but
     * not for a worker that froze in the middle of one.
     */
    private static boolean lock(Session session, UUID id) {
        try {
            session.first(
                    "select set_config('lock_timeout', ?, true) as timeout",
                    row -> row.text("timeout"),
                    LOCK_PATIENCE.toMillis() + "ms");
            return session.first("select 1 from job where id = ? for update", row -> true, id)
                    .isPresent();
        } catch (SqlFailure e) {
            if (!e.isLockTimeout()) {
                throw e;
            }
            throw new ProblemException(
                    ProblemCode.JOB_LOCKED,
                    "Job %s was not cancelled: a worker has held it for %d seconds to publish or end it."
                            .formatted(id, LOCK_PATIENCE.toSeconds()),
                    e);
        }
    }

    private static void requestCancel(Session session, UUID id, String by) {
        session.update(
                """
                update job
                set cancel_requested_by = case when cancel_requested_at is null then ? else cancel_requested_by end,
                    cancel_requested_at = coalesce(cancel_requested_at, now())
                where id = ?
                """,
                by,
                id);
    }

    /**
     * Ends it at once; but a dump that waits for its adoption has to be removed first, by a worker.
     */
    private static void cancelQueued(Session session, UUID id) {
        String by =
                session.first(
                                "select cancel_requested_by from job where id = ?",
                                row -> row.text("cancel_requested_by"),
                                id)
                        .orElseThrow();
        session.update(
                """
                update job set state = 'CANCELLED', finished_at = now(), failure = ?::jsonb
                where id = ? and not adoption_due
                """,
                Json.write(cancelledBy(by)),
                id);
    }

    static Failure cancelledBy(String who) {
        return Failure.of(ProblemCode.CANCELLED, "The job was cancelled by %s.".formatted(who));
    }

    public static Optional<Job> find(Session session, UUID id) {
        return session.first(
                "select " + JobRows.COLUMNS + " from job where id = ?", JobRows::job, id);
    }

    private static String code(JobType type) {
        return type == null ? null : type.code();
    }
}
