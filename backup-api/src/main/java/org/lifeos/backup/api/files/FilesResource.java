package org.lifeos.backup.api.files;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
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
import org.lifeos.backup.api.contract.RefusesWith;
import org.lifeos.backup.api.contract.StartsJob;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.job.FilesCheckRequest;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** Whether the folders are somewhere else too. */
@Path("/api/v1/files")
@Tag(name = "Files")
@RunOnVirtualThread
public class FilesResource {
    private final Jobs jobs;
    private final RequestBodies bodies;
    private final JobDesk desk;

    FilesResource(Jobs jobs, RequestBodies bodies, JobDesk desk) {
        this.jobs = jobs;
        this.bodies = bodies;
        this.desk = desk;
    }

    /** What {@code POST /files/checks} takes: nothing. */
    @Schema(name = "FilesCheckRequest")
    public record FilesCheckBody() {}

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @RequiresRole(Role.VIEWER)
    @RefusesWith(ProblemCode.NOT_CHECKED_YET)
    @Operation(
            operationId = "getFiles",
            summary = "What the last comparison of folders and mirror found",
            description = "As it was when it was checked: checkedAt says when.")
    @APIResponse(
            responseCode = "200",
            description = "The last result",
            content =
                    @Content(
                            schema = @Schema(implementation = FilesCheckResult.class),
                            examples =
                                    @ExampleObject(
                                            name = "a file that is not in the mirror",
                                            value =
                                                    """
                                                    {"checkedAt": "2026-03-01T03:20:01Z", "seed": 4711,
                                                     "mirror": {"path": "/mirror", "lagSeconds": 12, "problem": null},
                                                     "folders": [{"folder": "output", "files": 30, "bytes": 61440,
                                                       "newest": "2026-03-01T02:11:00Z", "mirrorState": "MISSING",
                                                       "lagSeconds": 4141,
                                                       "differences": ["output/f4.bin: missing in the mirror"],
                                                       "differenceCount": 1, "comparedByContent": 8,
                                                       "neverProtected": [".cache"], "neverProtectedCount": 1}]}
                                                    """)))
    public FilesCheckResult get() {
        return jobs.lastResult(JobType.FILES_CHECK, FilesCheckResult.class)
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.NOT_CHECKED_YET,
                                "No check of the files has succeeded yet."));
    }

    @POST
    @Path("/checks")
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.OPERATOR)
    @StartsJob(JobType.FILES_CHECK)
    @Operation(
            operationId = "checkFiles",
            summary = "Compare the folders with their mirror",
            description =
                    "All files by name, size and time, some by their content. Changes nothing. The job succeeds whatever it"
                            + " finds; a mirror that is missing or cannot be read is UNPROVEN.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = FilesCheckBody.class),
                            examples = @ExampleObject(name = "check it", value = "{}")))
    public Response check(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<FilesCheckBody> read =
                bodies.read(body, contentType, FilesCheckBody.class);
        return desk.start(new FilesCheckRequest(), null, read.canonical());
    }
}
