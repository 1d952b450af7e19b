package org.lifeos.backup.api.retention;

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
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.access.RoleFilter;
import org.lifeos.backup.api.contract.RefusesWith;
import org.lifeos.backup.api.contract.StartsJob;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.Call;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.RetentionRequest;
import org.lifeos.backup.problem.ProblemCode;

/** Removing the backups that the policy does not keep. */
@Path("/api/v1/retention/runs")
@Tag(name = "Retention")
@Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
@RunOnVirtualThread
public class RetentionResource {
    private final ApiSettings settings;
    private final RequestBodies bodies;
    private final JobDesk desk;
    private final Call call;

    RetentionResource(ApiSettings settings, RequestBodies bodies, JobDesk desk, Call call) {
        this.settings = settings;
        this.bodies = bodies;
        this.desk = desk;
        this.call = call;
    }

    @POST
    @Consumes(MediaType.WILDCARD)
    @RequiresRole(Role.OPERATOR)
    @StartsJob(JobType.RETENTION)
    @RefusesWith(ProblemCode.UNKNOWN_TARGET)
    @Operation(
            operationId = "runRetention",
            summary = "Remove the backups that the policy does not keep",
            description =
                    "The job's result lists every backup of the target, kept or expired, with the reason. A dry run removes"
                            + " nothing and lists what a run would. A keepDays below the configured one is for admins.")
    @RequestBody(
            required = false,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = RetentionBody.class),
                            examples =
                                    @ExampleObject(name = "dry run", value = "{\"dryRun\": true}")))
    public Response run(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<RetentionBody> read =
                bodies.read(body, contentType, RetentionBody.class);
        RetentionRequest request = read.value().toRequest(settings.targets());
        RoleFilter.require(call.caller(), RetentionBody.role(request, settings.retention()));
        return desk.start(request, null, read.canonical());
    }
}
