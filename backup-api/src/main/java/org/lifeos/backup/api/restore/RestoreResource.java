package org.lifeos.backup.api.restore;

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
import org.lifeos.backup.api.contract.RefusesWith;
import org.lifeos.backup.api.contract.StartsJob;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.RestoreMode;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.job.RollbackRequest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.target.TargetNames;
import org.lifeos.backup.target.TargetRegister;

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
    private final TargetRegister register;
    private final Jobs jobs;

    RestoreResource(
            BackupFinder backups,
            JobDesk desk,
            TargetNames targets,
            RequestBodies bodies,
            TargetRegister register,
            Jobs jobs) {
        this.backups = backups;
        this.desk = desk;
        this.targets = targets;
        this.bodies = bodies;
        this.register = register;
        this.jobs = jobs;
    }

    @POST
    @Consumes(MediaType.WILDCARD)
    @RequiresRole(Role.ADMIN)
    @StartsJob(JobType.POSTGRES_RESTORE)
    @RefusesWith({ProblemCode.NOT_FOUND, ProblemCode.UNKNOWN_TARGET})
    @Operation(
            operationId = "createRestore",
            summary = "Restore a backup",
            description =
                    "Records a job and answers 202; with 'Prefer: wait=SECONDS' 200 is a finished success. The file is"
                            + " checked before the server is touched, the first statement that fails ends the restore,"
                            + " and a database of the wanted name appears only when it is whole.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = RestoreBody.class),
                            examples = {
                                @ExampleObject(
                                        name = "beside the database",
                                        value =
                                                "{\"backup\": \"latest\", \"mode\": \"new-database\", \"database\": \"lifeos_copy\","
                                                        + " \"confirm\": \"lifeos_copy\"}"),
                                @ExampleObject(
                                        name = "in place of the database",
                                        value = "{\"backup\": \"latest\", \"confirm\": \"lifeos\"}")
                            }))
    public Response create(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<RestoreBody> read = bodies.read(body, contentType, RestoreBody.class);
        RestoreBody wanted = read.value();
        wanted.requireConsistent();
        RestoreRequest request =
                wanted.toRequest(targets, target -> backups.getOrLatest(wanted.backup(), target));
        if (request.mode() == RestoreMode.SWAP) {
            requireDatabaseOf(request.targetName(), request.database());
        }
        return desk.start(request, null, read.canonical());
    }

    /** The worker looks again; a target that no worker saw yet is known to nobody here. */
    private void requireDatabaseOf(String target, String confirmed) {
        register.list().stream()
                .filter(seen -> seen.name().equals(target))
                .map(TargetRegister.Sighting::database)
                .filter(database -> !database.equals(confirmed))
                .findFirst()
                .ifPresent(database -> {
                    throw ProblemException.field(
                            "confirm",
                            "must be the name of the target's database, '%s'."
                                    .formatted(Fields.shown(database)));
                });
    }

    @POST
    @Path("/{jobId}/rollback")
    @Consumes(MediaType.WILDCARD)
    @RequiresRole(Role.ADMIN)
    @StartsJob(JobType.POSTGRES_ROLLBACK)
    @Operation(
            operationId = "rollBackRestore",
            summary = "Take a restore back",
            description =
                    "Puts back the database that the restore replaced; it is there for 24 hours and until the next"
                            + " restore. What the restore had brought is kept in its turn.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = RollbackBody.class),
                            examples =
                                    @ExampleObject(
                                            name = "the default target",
                                            value = "{\"confirm\": \"lifeos\"}")))
    public Response rollBack(
            @PathParam("jobId") String jobId,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            InputStream body) {
        RequestBodies.Body<RollbackBody> read = bodies.read(body, contentType, RollbackBody.class);
        Job restore = restore(jobId);
        RestoreResult result = (RestoreResult) restore.result();
        if (!read.value().confirm().equals(result.database())) {
            throw ProblemException.field(
                    "confirm",
                    "must be the name of the restored database, '%s'."
                            .formatted(Fields.shown(result.database())));
        }
        return desk.start(
                new RollbackRequest(restore.id(), restore.target(), result.database()),
                null,
                read.canonical());
    }

    /** A restore that replaced something. */
    private Job restore(String id) {
        Job job =
                Fields.uuid(id)
                        .flatMap(jobs::find)
                        .filter(found -> found.type() == JobType.POSTGRES_RESTORE)
                        .orElseThrow(() ->
                                new ProblemException(
                                        ProblemCode.NOT_FOUND,
                                        "There is no restore '%s'.".formatted(Fields.shown(id))));
        if (job.result() instanceof RestoreResult result && result.previousDatabase() != null) {
            return job;
        }
        throw new ProblemException(
                ProblemCode.ROLLBACK_NOT_POSSIBLE,
                "Restore %s is %s and replaced nothing.".formatted(job.id(), job.state()));
    }
}
