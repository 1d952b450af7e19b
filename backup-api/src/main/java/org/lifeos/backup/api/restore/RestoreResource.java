package org.lifeos.backup.api.restore;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.backup.BackupFinder;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.target.TargetNames;

/** Bringing a backup back. */
@Path("/api/v1/restores")
@Tag(name = "Restores")
@Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
@RunOnVirtualThread
public class RestoreResource {
    private final BackupFinder backups;
    private final JobDesk desk;
    private final TargetNames targets;
    private final RequestBodies bodies;

    RestoreResource(BackupFinder backups, JobDesk desk, TargetNames targets, RequestBodies bodies) {
        this.backups = backups;
        this.desk = desk;
        this.targets = targets;
        this.bodies = bodies;
    }

    @POST
    @Consumes(MediaType.WILDCARD)
    @RequiresRole(Role.ADMIN)
    @Operation(
            operationId = "createRestore",
            summary = "Restore a backup",
            description =
                    "Records a job and answers 202; with 'Prefer: wait=SECONDS' 200 is a finished success. The file is"
                            + " checked before the server is touched, the first statement that fails ends the restore,"
                            + " and a database of the wanted name appears only when it is whole.")
    @RequestBody(
            required = false,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = RestoreBody.class),
                            examples =
                                    @ExampleObject(
                                            name = "beside the database",
                                            value =
                                                    "{\"backup\": \"latest\", \"mode\": \"new-database\", \"database\": \"lifeos_copy\","
                                                            + " \"confirm\": \"lifeos_copy\"}")))
    @APIResponse(
            responseCode = "200",
            description = "It is restored (only with Prefer: wait)",
            content = @Content(schema = @Schema(implementation = Job.class)))
    @APIResponse(
            responseCode = "202",
            description = "The job is recorded",
            content = @Content(schema = @Schema(implementation = Job.class)))
    public Response create(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            @HeaderParam("Prefer") String prefer,
            @HeaderParam("Idempotency-Key") String key,
            InputStream body) {
        RequestBodies.Body<RestoreBody> read = bodies.read(body, contentType, RestoreBody.class);
        RestoreBody wanted = read.value();
        wanted.requireConsistent();
        RestoreRequest request =
                wanted.toRequest(targets, target -> backups.getOrLatest(wanted.backup(), target));
        return desk.start(request, null, read.canonical());
    }
}
