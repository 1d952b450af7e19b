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
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.lifeos.backup.api.access.Doorkeeper;
import org.lifeos.backup.api.problem.ProblemWriter;
import org.lifeos.backup.api.request.Call;
import org.lifeos.backup.problem.ProblemCode;
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

    /** A call has done its work, or failed, long before: a database that hangs is given up. */
    private static final Duration LONGEST_WORK = Duration.ofSeconds(20);

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
            Pending pending = new Pending();
            context.put(PENDING, pending);
            context.addEndHandler(_ -> {
                if (context.response().headWritten()) {
                    keep(context, context.response().getStatusCode());
                } else {
                    // the caller broke off, and the call may still be under way
                    pending.brokenOff = true;
                    keepIfBrokenOff(context, pending);
                    Thread.ofVirtual().start(() -> keepAfterAll(context));
                }
            });
        }
        context.next();
    }

    /**
     * A call that is not kept yet. Two threads tell of it, and whichever comes second keeps it:
     * that the caller broke off, and what became of the call.
     */
    private static final class Pending {
        private final AtomicBoolean open = new AtomicBoolean(true);
        private volatile boolean brokenOff;
        private volatile Integer outcome;
    }

    /** Sees the outcome of a call whose caller may have broken off. */
    @Provider
    public static class OfBrokenOffCalls implements ContainerResponseFilter {
        @Inject RoutingContext routing;
        @Inject AuditOfRefusals refusals;

        @Override
        public void filter(ContainerRequestContext request, ContainerResponseContext response) {
            Pending pending = routing.get(PENDING);
            if (pending != null) {
                pending.outcome = response.getStatus();
                if (routing.response().closed()) {
                    pending.brokenOff = true;
                }
                refusals.keepIfBrokenOff(routing, pending);
            }
        }
    }

    void keepIfBrokenOff(RoutingContext context, Pending pending) {
        Integer outcome = pending.outcome;
        if (pending.brokenOff && outcome != null) {
            keep(context, outcome);
        }
    }

    /**
     * Whose caller is gone before anything began to work on the call, of that nothing else tells.
     */
    private void keepAfterAll(RoutingContext context) {
        try {
            Thread.sleep(LONGEST_WORK);
            keep(context, 400, ProblemCode.MALFORMED_REQUEST.code());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep(RoutingContext context, int status) {
        keep(context, status, ProblemWriter.codeOf(context));
    }

    /** Once, unless it stands in the audit with what it did. */
    private void keep(RoutingContext context, int status, String code) {
        Pending pending = context.get(PENDING);
        if (pending == null || Call.isAudited(context) || !pending.open.getAndSet(false)) {
            return;
        }
        Audit.Entry entry =
                new Audit.Entry(
                        Doorkeeper.callerOf(context),
                        context.request().method().name(),
                        context.normalizedPath(),
                        status,
                        code,
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
