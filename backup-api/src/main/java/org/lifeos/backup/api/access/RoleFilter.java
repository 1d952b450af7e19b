package org.lifeos.backup.api.access;

import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** Lets a method be called only by those whose role is enough. */
@Provider
public class RoleFilter implements ContainerRequestFilter {
    @Context ResourceInfo resource;
    @Inject RoutingContext routing;

    @Override
    public void filter(ContainerRequestContext request) {
        RequiresRole required = resource.getResourceMethod().getAnnotation(RequiresRole.class);
        if (required == null) {
            throw new IllegalStateException("no role is set for " + resource.getResourceMethod());
        }
        require(Doorkeeper.callerOf(routing), required.value());
    }

    /**
     * @throws ProblemException when the caller's role is not enough
     */
    public static void require(Caller caller, Role needed) {
        if (!caller.role().includes(needed)) {
            throw new ProblemException(
                    ProblemCode.FORBIDDEN,
                    "This needs the role %s; token '%s' has the role %s."
                            .formatted(needed.code(), caller.name(), caller.role().code()));
        }
    }
}
