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

/** How everything stands. */
@Path("/api/v1/health")
@Tag(name = "Operations")
@Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
@RunOnVirtualThread
public class HealthResource {
    private static final int UNAVAILABLE = 503;

    private final Health health;

    HealthResource(Health health) {
        this.health = health;
    }

    @GET
    @RequiresRole(Role.VIEWER)
    @Operation(
            operationId = "getHealth",
            summary = "How everything stands, looked at now",
            description =
                    "Every check reads the world itself: the files on the disk, not what was written about them. What could not be"
                            + " checked is never OK. In text, the first word is the status.")
    @APIResponse(
            responseCode = "200",
            description = "OK or WARNING",
            content =
                    @Content(
                            schema = @Schema(implementation = HealthReport.class),
                            examples =
                                    @ExampleObject(
                                            name = "work that is not pushed",
                                            value = HealthExamples.WARNING)))
    @APIResponse(
            responseCode = "503",
            description = "CRITICAL: the same body, no problem.",
            content =
                    @Content(
                            schema = @Schema(implementation = HealthReport.class),
                            examples =
                                    @ExampleObject(
                                            name = "full disk",
                                            value = HealthExamples.CRITICAL)))
    public Response get(@Context HttpHeaders headers) {
        HealthReport report = health.report();
        int status =
                switch (report.status()) {
                    case OK, WARNING -> 200;
                    case CRITICAL -> UNAVAILABLE;
                };
        return Rendering.accepted(headers).of(status, report, HealthText::of).build();
    }
}
