package org.lifeos.backup.api.recovery;

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

/** Bringing a lost machine back: one call for what was a runbook. */
@Path("/api/v1/recoveries")
@Tag(name = "Recovery")
@RunOnVirtualThread
public class RecoveryResource {
    private final RequestBodies bodies;
    private final JobDesk desk;

    RecoveryResource(RequestBodies bodies, JobDesk desk) {
        this.bodies = bodies;
        this.desk = desk;
    }

    @POST
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.ADMIN)
    @StartsJob(JobType.RECOVERY)
    @Operation(
            operationId = "recover",
            summary = "Bring folders, database and models back",
            description =
                    "Copies the folders from the mirror, restores the newest good backup by swap, pulls Ollama's models and"
                            + " checks the outcome. A step that fails stops those that need it and no other; started again, it goes on"
                            + " and finds done what is done. A database with other content is refused (target-not-empty) unless"
                            + " replace is said.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = RecoveryBody.class),
                            examples =
                                    @ExampleObject(
                                            name = "dry run",
                                            value =
                                                    "{\"dryRun\": true, \"confirm\": \"recover\"}")))
    public Response recover(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<RecoveryBody> read = bodies.read(body, contentType, RecoveryBody.class);
        return desk.start(read.value().toRequest(), null, read.canonical());
    }
}
