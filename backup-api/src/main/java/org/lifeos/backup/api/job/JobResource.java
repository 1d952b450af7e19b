package org.lifeos.backup.api.job;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.access.RoleFilter;
import org.lifeos.backup.api.contract.RefusesWith;
import org.lifeos.backup.api.request.Call;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.api.request.Page;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.problem.ProblemCode;

/** The jobs: what was asked for, how far it is, how it ended. */
@Path("/api/v1/jobs")
@Tag(name = "Jobs")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class JobResource {
    private static final String LIST = "jobs";

    private final Jobs jobs;
    private final JobDesk desk;
    private final Call call;
    private final RequestBodies bodies;
    private final JobChanges changes;
    private final JobLog jobLog;

    JobResource(
            Jobs jobs,
            JobDesk desk,
            Call call,
            RequestBodies bodies,
            JobChanges changes,
            JobLog jobLog) {
        this.jobs = jobs;
        this.desk = desk;
        this.call = call;
        this.bodies = bodies;
        this.changes = changes;
        this.jobLog = jobLog;
    }

    /** What {@code POST …/cancel} takes: nothing. */
    public record CancelBody() {}

    @GET
    @RequiresRole(Role.VIEWER)
    @Operation(operationId = "listJobs", summary = "The jobs, newest first")
    @APIResponse(responseCode = "200", description = "A page of jobs")
    public Page<Job> list(
            @Parameter(schema = @Schema(implementation = JobType.class)) @QueryParam("type")
                    String type,
            @Parameter(schema = @Schema(implementation = JobState.class)) @QueryParam("state")
                    String state,
            @QueryParam("target") String target,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        int most = Page.limit(limit);
        Jobs.Query query =
                new Jobs.Query(
                        Fields.parameter("type", type, JobType.values(), JobType::code),
                        Fields.parameter("state", state, JobState.values(), JobState::name),
                        Fields.targetParameter(target),
                        Page.place(LIST, cursor, Long::valueOf),
                        most + 1);
        return Page.of(
                LIST,
                jobs.list(query),
                most,
                row -> Long.toString(row.position()),
                Jobs.Positioned::job);
    }

    @GET
    @Path("/{id}")
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.VIEWER)
    @Operation(
            operationId = "getJob",
            summary = "One job",
            description =
                    "With 'Prefer: wait=SECONDS' the answer waits for the job's end, at most so long.")
    @APIResponse(
            responseCode = "200",
            description = "The job, whatever its state",
            content = @Content(schema = @Schema(implementation = Job.class)))
    public Response get(@PathParam("id") String id, @HeaderParam("Prefer") String prefer) {
        return desk.look(id);
    }

    @GET
    @Path("/{id}/events")
    @Produces({MediaType.SERVER_SENT_EVENTS, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.VIEWER)
    @Operation(
            operationId = "followJob",
            summary = "A job as it changes",
            description =
                    "Event 'job' with the job at once and on every change; ends after the terminal one. As text/plain a"
                            + " line each, the last one 'STATE backup-or-other-id file-or-code'.")
    @APIResponse(responseCode = "200", description = "The stream")
    public Response events(
            @PathParam("id") String id,
            @Context HttpHeaders headers,
            @Context HttpServerResponse response) {
        Job job = desk.find(id);
        boolean text =
                headers.getAcceptableMediaTypes().getFirst().isCompatible(MediaType.TEXT_PLAIN_TYPE)
                        && !headers.getAcceptableMediaTypes().getFirst().isWildcardType();
        return text
                ? Response.ok(
                                JobStream.lines(changes, job.id(), response::closed),
                                "text/plain;charset=UTF-8")
                        .build()
                : Response.ok(
                                JobStream.events(changes, job.id(), response::closed),
                                MediaType.SERVER_SENT_EVENTS)
                        .header(HttpHeaders.CACHE_CONTROL, "no-store")
                        .build();
    }

    @GET
    @Path("/{id}/log")
    @Produces(MediaType.TEXT_PLAIN)
    @RequiresRole(Role.VIEWER)
    @Operation(operationId = "getJobLog", summary = "What the job's tools said, secrets taken out")
    @APIResponse(responseCode = "200", description = "A line each, with its instant and attempt")
    public Response log(@PathParam("id") String id) {
        List<String> lines = jobLog.lines(desk.find(id).id());
        String text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
        return Response.ok(text, "text/plain;charset=UTF-8").build();
    }

    @POST
    @Path("/{id}/cancel")
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.OPERATOR)
    @RefusesWith({ProblemCode.ALREADY_ENDED, ProblemCode.JOB_LOCKED, ProblemCode.STILL_RUNNING})
    @Operation(
            operationId = "cancelJob",
            summary = "End a job",
            description =
                    "Whoever may start a job of its type may cancel it. A running job ends after its tools have ended"
                            + " and its files are gone.")
    @RequestBody(
            required = false,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = CancelBody.class)))
    @APIResponse(
            responseCode = "200",
            description = "The job is CANCELLED; only with 'Prefer: wait'.",
            content = @Content(schema = @Schema(implementation = Job.class)))
    @APIResponse(
            responseCode = "202",
            description = "The job as it now is",
            content = @Content(schema = @Schema(implementation = Job.class)))
    public Response cancel(
            @PathParam("id") String id,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            @HeaderParam("Prefer") String prefer,
            @HeaderParam("Idempotency-Key") String key,
            InputStream body) {
        Job job = desk.find(id);
        RoleFilter.require(call.caller(), job.type().role());
        return desk.cancel(job.id(), bodies.read(body, contentType, CancelBody.class).canonical());
    }
}
