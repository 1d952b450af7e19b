package org.lifeos.backup.api.target;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.request.Page;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.target.TargetRegister;

/** The databases that can be backed up. */
@Path("/api/v1/targets")
@Tag(name = "Targets")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class TargetResource {
    private final ApiSettings settings;
    private final TargetRegister register;

    TargetResource(ApiSettings settings, TargetRegister register) {
        this.settings = settings;
        this.register = register;
    }

    /**
     * A target. What only a worker can tell is null until one has looked.
     *
     * @param reachable as of {@code checkedAt}
     * @param problem why it was not reachable, or null
     */
    public record TargetView(
            String name,
            String database,
            String host,
            Integer port,
            String serverVersion,
            RetentionPolicy policy,
            Boolean reachable,
            String problem,
            Instant checkedAt) {}

    @GET
    @RequiresRole(Role.VIEWER)
    @Operation(
            operationId = "listTargets",
            summary = "The databases that can be backed up, as a worker last saw them")
    @APIResponse(responseCode = "200", description = "All targets on one page")
    public Page<TargetView> list() {
        Map<String, TargetRegister.Sighting> seen =
                register.list().stream()
                        .collect(
                                Collectors.toMap(
                                        TargetRegister.Sighting::name, Function.identity()));
        List<TargetView> views =
                settings.targets().names().stream()
                        .map(name -> view(name, seen.get(name)))
                        .toList();
        return new Page<>(views, null);
    }

    private TargetView view(String name, TargetRegister.Sighting seen) {
        RetentionPolicy policy = settings.retention();
        return seen == null
                ? new TargetView(name, null, null, null, null, policy, null, null, null)
                : new TargetView(
                        name,
                        seen.database(),
                        seen.host(),
                        seen.port(),
                        seen.serverVersion(),
                        policy,
                        seen.reachable(),
                        seen.problem(),
                        seen.checkedAt());
    }
}
