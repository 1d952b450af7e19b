package org.lifeos.backup.api.backup;

import io.smallrye.common.annotation.RunOnVirtualThread;
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
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.problem.ProblemBody;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.api.request.Page;
import org.lifeos.backup.api.request.Rendering;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;

/** The backups: taking one, and finding those that are there. */
@Path("/api/v1/backups")
@Tag(name = "Backups")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class BackupResource {
    private static final String LIST = "backups";

    private final Catalogue catalogue;
    private final JobDesk desk;
    private final TargetNames targets;
    private final RequestBodies bodies;

    BackupResource(Catalogue catalogue, JobDesk desk, TargetNames targets, RequestBodies bodies) {
        this.catalogue = catalogue;
        this.desk = desk;
        this.targets = targets;
        this.bodies = bodies;
    }

    @POST
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.OPERATOR)
    @Operation(
            operationId = "createBackup",
            summary = "Take a backup",
            description =
                    "Records a job and answers 202. With 'Prefer: wait=SECONDS' the answer waits: 200 is then a finished"
                            + " success, everything else a problem, so that 'curl --fail' is a safe gate.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = BackupBody.class),
                            examples =
                                    @ExampleObject(
                                            name = "before a migration",
                                            value =
                                                    "{\"label\": \"before-42\", \"reason\": \"before migration 42\"}")))
    @APIResponse(
            responseCode = "200",
            description = "The backup is taken (only with Prefer: wait)",
            content = @Content(schema = @Schema(implementation = Job.class)))
    @APIResponse(
            responseCode = "202",
            description = "The job is recorded",
            content = @Content(schema = @Schema(implementation = Job.class)))
    @APIResponse(
            responseCode = "504",
            description = "still-running: the job goes on after the wait",
            content =
                    @Content(
                            mediaType = ProblemBody.MEDIA_TYPE,
                            schema = @Schema(implementation = ProblemBody.class)))
    public Response create(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            @HeaderParam("Prefer") String prefer,
            @HeaderParam("Idempotency-Key") String key,
            InputStream body) {
        RequestBodies.Body<BackupBody> request = bodies.read(body, contentType, BackupBody.class);
        return desk.start(
                request.value().toRequest(targets), request.value().reason(), request.canonical());
    }

    @GET
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.VIEWER)
    @Operation(operationId = "listBackups", summary = "The backups, newest first")
    @APIResponse(
            responseCode = "200",
            description = "A page of backups",
            content = @Content(schema = @Schema(implementation = BackupPage.class)))
    public Response list(
            @QueryParam("target") String target,
            @QueryParam("kind") String kind,
            @QueryParam("state") String state,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor,
            @Context HttpHeaders headers) {
        int most = Page.limit(limit);
        Catalogue.Query query =
                new Catalogue.Query(
                        Fields.targetParameter(target),
                        Fields.parameter("kind", kind, BackupKind.values(), BackupKind::code),
                        Fields.parameter("state", state, BackupState.values(), BackupState::name),
                        Page.place(LIST, cursor, BackupResource::place),
                        most + 1);
        Page<Backup> page =
                Page.of(
                        LIST,
                        catalogue.list(query),
                        most,
                        backup -> backup.snapshotAt() + " " + backup.id(),
                        backup -> backup);
        return Rendering.accepted(headers).of(200, page, BackupText::of).build();
    }

    /** The shape of the list in the OpenAPI document. */
    @Schema(name = "BackupPage")
    public record BackupPage(List<Backup> items, String nextCursor) {}

    private static Catalogue.Place place(String text) {
        String[] parts = text.split(" ", 2);
        return new Catalogue.Place(Instant.parse(parts[0]), UUID.fromString(parts[1]));
    }

    @GET
    @Path("/latest")
    @RequiresRole(Role.VIEWER)
    @Operation(
            operationId = "getLatestBackup",
            summary = "The newest good backup of a target",
            description = "By its snapshot; never a safety backup.")
    @APIResponse(
            responseCode = "200",
            description = "The backup",
            content = @Content(schema = @Schema(implementation = Backup.class)))
    public Backup latest(@QueryParam("target") String target) {
        String name = target == null ? TargetNames.DEFAULT : Fields.targetParameter(target);
        return catalogue
                .latest(name)
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.NOT_FOUND,
                                "There is no good backup of target '%s'.".formatted(name)));
    }

    @GET
    @Path("/{id}")
    @RequiresRole(Role.VIEWER)
    @Operation(operationId = "getBackup", summary = "One backup, with what it holds of each table")
    @APIResponse(
            responseCode = "200",
            description = "The backup",
            content = @Content(schema = @Schema(implementation = Backup.class)))
    public Backup get(@PathParam("id") String id) {
        return Fields.uuid(id)
                .flatMap(catalogue::find)
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.NOT_FOUND,
                                "There is no backup '%s'.".formatted(Fields.shown(id))));
    }
}
