package org.lifeos.backup.api.job;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.lifeos.backup.api.audit.Audit;
import org.lifeos.backup.api.problem.Problems;
import org.lifeos.backup.api.request.Call;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.api.request.Preference;
import org.lifeos.backup.api.request.Rendering;
import org.lifeos.backup.job.IdempotencyKey;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobRequest;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/**
 * Where work is asked for: records the job, waits for it when the caller wants that, and answers.
 */
@ApplicationScoped
public class JobDesk {
    private static final String PREFERENCE_APPLIED = "Preference-Applied";

    private final Database database;
    private final Jobs jobs;
    private final JobChanges changes;
    private final Audit audit;
    private final Call call;
    private final HttpHeaders headers;
    private final InstantSource clock = InstantSource.system();

    JobDesk(
            Database database,
            Jobs jobs,
            JobChanges changes,
            Audit audit,
            Call call,
            @Context HttpHeaders headers) {
        this.database = database;
        this.jobs = jobs;
        this.changes = changes;
        this.audit = audit;
        this.call = call;
        this.headers = headers;
    }

    /**
     * Starts a job and answers as api.md section 1 says for every POST that does.
     *
     * @param canonicalBody of the request, for its idempotency key
     */
    public Response start(JobRequest request, String reason, String canonicalBody) {
        return start(request, reason, canonicalBody, (_, _) -> {});
    }

    /**
     * Starts a job only if the check does not throw, which it is asked in the job's transaction.
     */
    public Response start(
            JobRequest request, String reason, String canonicalBody, Consumer<Session> check) {
        return start(request, reason, canonicalBody, (session, _) -> check.accept(session));
    }

    /** Starts a job together with a change that knows its id: both happen or none. */
    public Response start(
            JobRequest request,
            String reason,
            String canonicalBody,
            BiConsumer<Session, UUID> change) {
        Preference preference = call.preference();
        Optional<IdempotencyKey> key = call.idempotencyKey(canonicalBody);
        UUID id = UuidV7.next(clock);
        Submission submission = new Submission(id, request, call.caller().name(), reason);
        Job job =
                database.inTransaction(session ->
                        recorded(
                                session,
                                oncePer(
                                        key,
                                        session,
                                        id,
                                        () -> submitted(session, change, submission))));
        call.audited();
        return answer(job, preference);
    }

    /** Cancels a job; the answer is the job as it then is. */
    public Response cancel(UUID id, String canonicalBody) {
        Preference preference = call.preference();
        Optional<IdempotencyKey> key = call.idempotencyKey(canonicalBody);
        String by = call.caller().name();
        Job job =
                database.inTransaction(session ->
                        recorded(
                                session,
                                oncePer(
                                        key,
                                        session,
                                        id,
                                        () ->
                                                jobs.cancel(session, id, by)
                                                        .orElseThrow(() -> noJob(id.toString())))));
        call.audited();
        if (!preference.waits()) {
            return applied(preference, render(Response.Status.ACCEPTED, job))
                    .header(HttpHeaders.LOCATION, location(job))
                    .build();
        }
        Job ended = changes.awaitEnd(id, preference.patience(), call::isHungUp).orElse(job);
        return applied(preference, afterCancel(ended, preference))
                .header(HttpHeaders.LOCATION, location(ended))
                .build();
    }

    /** What was asked for is the end: a job that was cancelled is the success. */
    private Response.ResponseBuilder afterCancel(Job job, Preference preference) {
        return switch (job.state()) {
            case CANCELLED -> render(Response.Status.OK, job);
            case SUCCEEDED, FAILED ->
                    Problems.of(
                            ProblemCode.ALREADY_ENDED,
                            "Job %s came to its end before the cancel did: %s."
                                    .formatted(job.id(), job.state()),
                            call.path(),
                            job);
            case QUEUED, RUNNING -> stillRunning(job, preference);
        };
    }

    private Job submitted(
            Session session, BiConsumer<Session, UUID> change, Submission submission) {
        change.accept(session, submission.id());
        return jobs.submit(session, submission);
    }

    /**
     * Records a job that follows from a change, in the change's transaction, and the change in the
     * audit. When that transaction is done, and not before, the caller says {@link Call#audited}: a
     * change that was not committed is kept as what it was answered with.
     */
    public void follow(Session session, JobRequest request, int status) {
        UUID id = UuidV7.next(clock);
        jobs.submit(session, new Submission(id, request, call.caller().name(), null));
        audit.record(
                session,
                new Audit.Entry(call.caller(), call.method(), call.path(), status, null, id));
    }

    private Job oncePer(
            Optional<IdempotencyKey> key, Session session, UUID id, Supplier<Job> work) {
        return key.isPresent() ? jobs.once(session, key.get(), id, work) : work.get();
    }

    private Job recorded(Session session, Job job) {
        audit.record(
                session,
                new Audit.Entry(
                        call.caller(),
                        call.method(),
                        call.path(),
                        Response.Status.ACCEPTED.getStatusCode(),
                        null,
                        job.id()));
        return job;
    }

    private Response answer(Job job, Preference preference) {
        if (!preference.waits()) {
            return applied(preference, render(Response.Status.ACCEPTED, job))
                    .header(HttpHeaders.LOCATION, location(job))
                    .build();
        }
        Job ended = changes.awaitEnd(job.id(), preference.patience(), call::isHungUp).orElse(job);
        return applied(preference, afterWait(ended, preference))
                .header(HttpHeaders.LOCATION, location(job))
                .build();
    }

    /** With a wait alone, the only 2xx is a finished success. */
    private Response.ResponseBuilder afterWait(Job job, Preference preference) {
        return switch (job.state()) {
            case SUCCEEDED -> render(Response.Status.OK, job);
            case FAILED, CANCELLED -> Problems.of(job.failure(), call.path(), job);
            case QUEUED, RUNNING -> stillRunning(job, preference);
        };
    }

    private Response.ResponseBuilder stillRunning(Job job, Preference preference) {
        if (preference.respondAsync()) {
            return render(Response.Status.ACCEPTED, job);
        }
        String state = job.state().name().toLowerCase(Locale.ROOT);
        String detail =
                changes.isStopping()
                        ? "Job %s was %s when this instance of the service stopped."
                                .formatted(job.id(), state)
                        : "Job %s was %s after %d seconds."
                                .formatted(job.id(), state, preference.patience().toSeconds());
        return Problems.of(ProblemCode.STILL_RUNNING, detail, call.path(), job);
    }

    /** The job, whatever its state, after waiting for its end when the caller wants that. */
    public Response look(String id) {
        Preference preference = call.preference();
        Job job = find(id);
        if (preference.waits()) {
            job = changes.awaitEnd(job.id(), preference.patience(), call::isHungUp).orElse(job);
        }
        return applied(preference, render(Response.Status.OK, job)).build();
    }

    private Response.ResponseBuilder render(Response.Status status, Job job) {
        return Rendering.accepted(headers).of(status.getStatusCode(), job, JobText::of);
    }

    private static Response.ResponseBuilder applied(
            Preference preference, Response.ResponseBuilder response) {
        String applied = preference.applied();
        return applied.isEmpty() ? response : response.header(PREFERENCE_APPLIED, applied);
    }

    /**
     * As a text: a URI would be made absolute with a host name that callers behind a proxy may not
     * know.
     */
    private static String location(Job job) {
        return "/api/v1/jobs/" + job.id();
    }

    /** The job of an id out of a path. */
    Job find(String id) {
        return Fields.uuid(id).flatMap(jobs::find).orElseThrow(() -> noJob(id));
    }

    private static ProblemException noJob(String id) {
        return new ProblemException(
                ProblemCode.NOT_FOUND, "There is no job '%s'.".formatted(Fields.shown(id)));
    }
}
