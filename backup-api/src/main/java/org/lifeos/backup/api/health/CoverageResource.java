package org.lifeos.backup.api.health;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.request.Rendering;

/** What is protected, and what is not. */
@Path("/api/v1/coverage")
@Tag(name = "Operations")
@Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
@RunOnVirtualThread
public class CoverageResource {
    private static final int OK = 200;

    private final Health health;

    CoverageResource(Health health) {
        this.health = health;
    }

    @GET
    @RequiresRole(Role.VIEWER)
    @Operation(
            operationId = "getCoverage",
            summary = "What of life-os is protected, and how old what would come back is",
            description =
                    "Each thing with how it is protected and its measured recovery point, those included that are not backed up on purpose.")
    @APIResponse(
            responseCode = "200",
            description = "The table",
            content =
                    @Content(
                            schema = @Schema(implementation = CoverageReport.class),
                            examples =
                                    @ExampleObject(
                                            name = "code that is not pushed",
                                            value = HealthExamples.COVERAGE)))
    public Response get(@Context HttpHeaders headers) {
        return Rendering.accepted(headers)
                .of(OK, Coverage.of(health.look()), CoverageText::of)
                .build();
    }
}
