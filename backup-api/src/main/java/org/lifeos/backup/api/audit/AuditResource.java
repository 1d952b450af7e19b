package org.lifeos.backup.api.audit;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.request.Page;

/** Who asked for which change. */
@Path("/api/v1/audit")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class AuditResource {
    private static final String LIST = "audit";

    private final Audit audit;

    AuditResource(Audit audit) {
        this.audit = audit;
    }

    @GET
    @RequiresRole(Role.ADMIN)
    @Operation(
            operationId = "listAudit",
            summary = "Every call that changed something or was refused, newest first")
    @APIResponse(responseCode = "200", description = "A page of entries")
    public Page<AuditEntry> list(
            @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        int most = Page.limit(limit);
        return Page.of(
                LIST,
                audit.list(Page.place(LIST, cursor, Long::valueOf), most + 1),
                most,
                row -> Long.toString(row.id()),
                row -> row);
    }
}
