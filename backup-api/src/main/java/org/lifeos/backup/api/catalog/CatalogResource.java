package org.lifeos.backup.api.catalog;

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
import org.lifeos.backup.job.CatalogScanRequest;
import org.lifeos.backup.job.JobType;

/** Making the catalogue equal to the backup folder. */
@Path("/api/v1/catalog/scans")
@Tag(name = "Backups")
@Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
@RunOnVirtualThread
public class CatalogResource {
    private final RequestBodies bodies;
    private final JobDesk desk;

    CatalogResource(RequestBodies bodies, JobDesk desk) {
        this.bodies = bodies;
        this.desk = desk;
    }

    /** What {@code POST} takes: nothing. */
    @Schema(name = "CatalogScanRequest")
    public record CatalogScanBody() {}

    @POST
    @Consumes(MediaType.WILDCARD)
    @RequiresRole(Role.OPERATOR)
    @StartsJob(JobType.CATALOG_SCAN)
    @Operation(
            operationId = "scanCatalog",
            summary = "Make the catalogue equal to the backup folder",
            description =
                    "Enters every dump that lies in the folder: by its manifest, or, where it has none, after reading it once from"
                            + " front to end. Backups whose file is gone become MISSING, those that are not whole CORRUPT.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = CatalogScanBody.class),
                            examples = @ExampleObject(name = "all of it", value = "{}")))
    public Response scan(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<CatalogScanBody> read =
                bodies.read(body, contentType, CatalogScanBody.class);
        return desk.start(new CatalogScanRequest(), null, read.canonical());
    }
}
