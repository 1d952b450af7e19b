package org.lifeos.backup.api.files;

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
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.contract.StartsJob;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.job.JobType;

/** Copying the folders back from the mirror. */
@Path("/api/v1/files/restores")
@Tag(name = "Files")
@RunOnVirtualThread
public class FilesRestoreResource {
    private final RequestBodies bodies;
    private final JobDesk desk;

    FilesRestoreResource(RequestBodies bodies, JobDesk desk) {
        this.bodies = bodies;
        this.desk = desk;
    }

    @POST
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.ADMIN)
    @StartsJob(JobType.FILES_RESTORE)
    @Operation(
            operationId = "restoreFiles",
            summary = "Copy folders back from the mirror",
            description =
                    "Nothing is ever removed, and a file has its name only when it is whole. Started again after it broke off,"
                            + " it copies what is missing still.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = FilesRestoreBody.class),
                            examples =
                                    @ExampleObject(
                                            name = "dry run",
                                            value = "{\"dryRun\": true, \"confirm\": \"files\"}")))
    public Response restore(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<FilesRestoreBody> read =
                bodies.read(body, contentType, FilesRestoreBody.class);
        return desk.start(read.value().toRequest(), null, read.canonical());
    }
}
