package org.lifeos.backup.api.code;

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
import org.lifeos.backup.job.CodeCheckRequest;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** Whether all code is committed and pushed. */
@Path("/api/v1/code")
@Tag(name = "Code")
@RunOnVirtualThread
public class CodeResource {
    private final Jobs jobs;
    private final RequestBodies bodies;
    private final JobDesk desk;

    CodeResource(Jobs jobs, RequestBodies bodies, JobDesk desk) {
        this.jobs = jobs;
        this.bodies = bodies;
        this.desk = desk;
    }

    /** What {@code POST /code/checks} takes: nothing. */
    @Schema(name = "CodeCheckRequest")
    public record CodeCheckBody() {}

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @RequiresRole(Role.VIEWER)
    @RefusesWith(ProblemCode.NOT_CHECKED_YET)
    @Operation(
            operationId = "getCode",
            summary = "What the last check of the code found",
            description = "As it was when it was checked: checkedAt says when.")
    @APIResponse(
            responseCode = "200",
            description = "The last result",
            content =
                    @Content(
                            schema = @Schema(implementation = CodeCheckResult.class),
                            examples =
                                    @ExampleObject(
                                            name = "work on this machine alone",
                                            value =
                                                    """
                                                    {"checkedAt": "2026-03-01T03:45:01Z", "branch": "staging",
                                                     "head": "2f1c6a2b7d0e4c5f8a9b0c1d2e3f405162738495",
                                                     "remote": "https://github.com/me/life-os.git",
                                                     "remoteHead": "9b0c1d2e3f4051627384952f1c6a2b7d0e4c5f8a",
                                                     "upstream": "origin/staging", "ahead": 2, "behind": 0,
                                                     "dirtyFiles": ["api/main.py", "notes/"], "dirtyFileCount": 2,
                                                     "untrackedFileCount": 1, "stashes": 0, "pushed": false,
                                                     "problems": ["Branch experiment has 3 commits that no remote holds."]}
                                                    """)))
    public CodeCheckResult get() {
        return jobs.lastResult(JobType.CODE_CHECK, CodeCheckResult.class)
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.NOT_CHECKED_YET,
                                "No check of the code has succeeded yet."));
    }

    @POST
    @Path("/checks")
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.OPERATOR)
    @StartsJob(JobType.CODE_CHECK)
    @Operation(
            operationId = "checkCode",
            summary = "Look whether all code is committed and pushed",
            description =
                    "Asks git in LIFEOS_HOME, and the upstream's remote what it has now. Changes nothing and fetches nothing. The"
                            + " job succeeds whatever it finds; a remote that cannot be reached is pushed null and a problem.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = CodeCheckBody.class),
                            examples = @ExampleObject(name = "check it", value = "{}")))
    public Response check(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<CodeCheckBody> read =
                bodies.read(body, contentType, CodeCheckBody.class);
        return desk.start(new CodeCheckRequest(), null, read.canonical());
    }
}
