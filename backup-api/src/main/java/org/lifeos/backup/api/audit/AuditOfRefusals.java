package org.lifeos.backup.api.audit;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.ext.Provider;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.lifeos.backup.api.access.Doorkeeper;
import org.lifeos.backup.api.problem.ProblemWriter;
import org.lifeos.backup.api.request.Call;
import org.lifeos.backup.sql.SqlFailure;

/**
 * Keeps the mutating calls that were refused; those that did something are kept with what they did.
 *
 * <p>What counts is what became of the call, not whether anybody heard the answer: a caller may
 * break off long before the call is done.
 */
@ApplicationScoped
public class AuditOfRefusals {
    private static final Logger LOG = Logger.getLogger(AuditOfRefusals.class);
    private static final int AFTER_THE_DOORKEEPER = 9_000;
    private static final Set<HttpMethod> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final String PENDING = AuditOfRefusals.class.getName();

    private final Audit audit;

    AuditOfRefusals(Audit audit) {
        this.audit = audit;
    }

    void install(@Observes Filters filters) {
        filters.register(this::watch, AFTER_THE_DOORKEEPER);
    }

    private void watch(RoutingContext context) {
        if (!READING.contains(context.request().method()) && Doorkeeper.hasCaller(context)) {
            context.put(PENDING, new AtomicBoolean(true));
            context.addEndHandler(_ -> {
                // without a head the caller broke off, and the call is still under way
                if (context.response().headWritten()) {
                    keep(context, context.response().getStatusCode());
                }
            });
        }
        context.next();
    }

    /** Sees the outcome of a call whose caller has broken off. */
    @Provider
    public static class OfBrokenOffCalls implements ContainerResponseFilter {
        @Inject RoutingContext routing;
        @Inject AuditOfRefusals refusals;

        @Override
        public void filter(ContainerRequestContext request, ContainerResponseContext response) {
            if (routing.response().closed()) {
                refusals.keep(routing, response.getStatus());
            }
        }
    }

    /** Once, unless it stands in the audit with what it did. */
    void keep(RoutingContext context, int status) {
        AtomicBoolean pending = context.get(PENDING);
        if (pending == null || Call.isAudited(context) || !pending.getAndSet(false)) {
            return;
        }
        Audit.Entry entry =
                new Audit.Entry(
                        Doorkeeper.callerOf(context),
                        context.request().method().name(),
                        context.normalizedPath(),
                        status,
                        ProblemWriter.codeOf(context),
                        null);
        // this may be the event loop, which must not wait for a database
        Thread.ofVirtual().start(() -> write(entry));
    }

    private void write(Audit.Entry entry) {
        try {
            audit.record(entry);
        } catch (SqlFailure e) {
            LOG.warnf("not in the audit: %s (%s)", entry, e.getMessage());
        }
    }
}
