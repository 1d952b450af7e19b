package org.lifeos.backup.api.worker;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.request.Page;
import org.lifeos.backup.job.WorkerRegister;

/** The workers that gave a sign of life within the last day. */
@Path("/api/v1/workers")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class WorkerResource {
    private final WorkerRegister register;

    WorkerResource(WorkerRegister register) {
        this.register = register;
    }

    @GET
    @RequiresRole(Role.VIEWER)
    @Operation(operationId = "listWorkers", summary = "The workers, and whether they are alive")
    @APIResponse(responseCode = "200", description = "All workers on one page")
    public Page<WorkerRegister.Worker> list() {
        return new Page<>(register.list(), null);
    }
}
