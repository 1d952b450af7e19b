package org.lifeos.backup.api.schedule;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.access.RoleFilter;
import org.lifeos.backup.api.audit.Audit;
import org.lifeos.backup.api.contract.RefusesWith;
import org.lifeos.backup.api.contract.StartsJob;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.Call;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.api.request.Page;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.sql.Session;

/** What happens by itself, and when. */
@Path("/api/v1/schedules")
@Tag(name = "Schedules")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ScheduleResource {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private final Database database;
    private final Schedules schedules;
    private final SchedulableJobs jobs;
    private final ApiSettings settings;
    private final RequestBodies bodies;
    private final JobDesk desk;
    private final Call call;
    private final Audit audit;

    ScheduleResource(
            Database database,
            SchedulableJobs jobs,
            ApiSettings settings,
            RequestBodies bodies,
            JobDesk desk,
            Call call,
            Audit audit) {
        this.database = database;
        this.schedules = new Schedules(database);
        this.jobs = jobs;
        this.settings = settings;
        this.bodies = bodies;
        this.desk = desk;
        this.call = call;
        this.audit = audit;
    }

    /** What {@code POST …/runs} takes: nothing. */
    public record RunBody() {}

    @GET
    @RequiresRole(Role.VIEWER)
    @Operation(operationId = "listSchedules", summary = "The schedules, by name")
    @APIResponse(responseCode = "200", description = "All schedules on one page")
    public Page<ScheduleView> list() {
        Instant now = schedules.now();
        return new Page<>(
                schedules.list().stream().map(schedule -> view(schedule, now)).toList(), null);
    }

    @PUT
    @Path("/{name}")
    @Consumes(MediaType.WILDCARD)
    @RequiresRole(Role.ADMIN)
    @RefusesWith({
        ProblemCode.INVALID_PARAMETER,
        ProblemCode.UNKNOWN_TARGET,
        ProblemCode.NOT_AVAILABLE
    })
    @Operation(
            operationId = "putSchedule",
            summary = "Make or replace a schedule",
            description =
                    "A name is 1 to 63 of a-z, 0-9 and '-'. Nothing that was due before counts as missed. The parameters are"
                            + " checked like the body of the job's own POST.")
    @RequestBody(
            required = false,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = ScheduleBody.class),
                            examples =
                                    @ExampleObject(
                                            name = "every night",
                                            value =
                                                    "{\"cron\": \"0 3 * * *\", \"zone\": \"Europe/Berlin\", \"type\": \"postgres-backup\"}")))
    @APIResponse(
            responseCode = "200",
            description = "The schedule as it now is",
            content = @Content(schema = @Schema(implementation = ScheduleView.class)))
    @APIResponse(
            responseCode = "201",
            description = "The new schedule",
            content = @Content(schema = @Schema(implementation = ScheduleView.class)))
    public Response put(
            @PathParam("name") String name,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            InputStream body) {
        ScheduleBody wanted = bodies.read(body, contentType, ScheduleBody.class).value();
        if (!NAME.matcher(name).matches()) {
            throw ProblemException.parameter(
                    "name",
                    "must be 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit, not '%s'."
                            .formatted(Fields.shown(name)));
        }
        Schedules.Change change = wanted.toChange(jobs);
        int status =
                database.inTransaction(session ->
                        audited(session, Schedules.put(session, name, change) ? 201 : 200));
        call.audited();
        return Response.status(status).entity(view(find(name), schedules.now())).build();
    }

    @DELETE
    @Path("/{name}")
    @RequiresRole(Role.ADMIN)
    @Operation(operationId = "deleteSchedule", summary = "Remove a schedule; its jobs go on")
    @APIResponse(responseCode = "204", description = "It is gone")
    public Response delete(@PathParam("name") String name) {
        String found = find(name).name();
        int status =
                database.inTransaction(session -> {
                    if (!Schedules.delete(session, found)) {
                        throw noSchedule(name);
                    }
                    return audited(session, 204);
                });
        call.audited();
        return Response.status(status).build();
    }

    @POST
    @Path("/{name}/runs")
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.OPERATOR)
    @StartsJob({
        JobType.POSTGRES_BACKUP,
        JobType.BACKUP_VERIFICATION,
        JobType.RETENTION,
        JobType.CATALOG_SCAN
    })
    @RefusesWith({ProblemCode.UNKNOWN_TARGET, ProblemCode.NOT_AVAILABLE})
    @Operation(
            operationId = "runSchedule",
            summary = "Start a schedule's job now",
            description =
                    "Also of a disabled one, and beside its own times. Whoever may start the job itself may do it.")
    @RequestBody(
            required = false,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = RunBody.class)))
    public Response run(
            @PathParam("name") String name,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            InputStream body) {
        String canonical = bodies.read(body, contentType, RunBody.class).canonical();
        Schedule schedule = find(name);
        ScheduledWork work = jobs.work(schedule.type(), schedule.parameters());
        RoleFilter.require(call.caller(), work.role());
        return desk.start(
                work.request(),
                work.reason(),
                canonical,
                (session, jobId) -> Schedules.started(session, name, jobId));
    }

    private int audited(Session session, int status) {
        audit.record(
                session,
                new Audit.Entry(call.caller(), call.method(), call.path(), status, null, null));
        return status;
    }

    private ScheduleView view(Schedule schedule, Instant now) {
        return ScheduleView.of(schedule, settings.zone(), now);
    }

    private Schedule find(String name) {
        return Optional.of(name)
                .filter(text -> NAME.matcher(text).matches())
                .flatMap(schedules::find)
                .orElseThrow(() -> noSchedule(name));
    }

    private static ProblemException noSchedule(String name) {
        return new ProblemException(
                ProblemCode.NOT_FOUND, "There is no schedule '%s'.".formatted(Fields.shown(name)));
    }
}
