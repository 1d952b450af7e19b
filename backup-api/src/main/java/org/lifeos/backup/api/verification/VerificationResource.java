package org.lifeos.backup.api.verification;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
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
import org.lifeos.backup.api.backup.BackupFinder;
import org.lifeos.backup.api.contract.StartsJob;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.VerificationRequest;
import org.lifeos.backup.target.TargetNames;

/** Putting stored backups to the proof. */
@Path("/api/v1/backups")
@Tag(name = "Backups")
@Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
@RunOnVirtualThread
public class VerificationResource {
    private final BackupFinder backups;
    private final JobDesk desk;
    private final RequestBodies bodies;

    VerificationResource(BackupFinder backups, JobDesk desk, RequestBodies bodies) {
        this.backups = backups;
        this.desk = desk;
        this.bodies = bodies;
    }

    @POST
    @Path("/{id}/verifications")
    @Consumes(MediaType.WILDCARD)
    @RequiresRole(Role.OPERATOR)
    @StartsJob(JobType.BACKUP_VERIFICATION)
    @Operation(
            operationId = "verifyBackup",
            summary = "Prove a backup",
            description =
                    "The id may be 'latest'. The job succeeds only if everything holds; else it fails with backup-corrupt,"
                            + " and the backup is CORRUPT until a proof as strong as the one that failed holds.")
    @RequestBody(
            required = false,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = VerificationBody.class),
                            examples =
                                    @ExampleObject(
                                            name = "read it through",
                                            value = "{\"level\": \"content\"}")))
    public Response create(
            @PathParam("id") String id,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            InputStream body) {
        RequestBodies.Body<VerificationBody> read =
                bodies.read(body, contentType, VerificationBody.class);
        Backup backup = backups.getOrLatest(id, TargetNames.DEFAULT);
        return desk.start(
                new VerificationRequest(backup.id(), backup.target(), read.value().wanted()),
                null,
                read.canonical());
    }
}
